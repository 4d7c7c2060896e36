"""What two schemas have that differs, object by object."""

from collections.abc import Mapping
from dataclasses import dataclass

Name = tuple[str, str]
"""Kind, such as `column`, and name."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One object."""

    kind: str
    name: str
    here: str | None
    """Its definition; none where it is not there."""
    there: str | None


def differences(here: Mapping[Name, str], there: Mapping[Name, str]) -> tuple[Difference, ...]:
    """In the order of kinds and names. What belongs to a table that one side has not is not told again."""
    missing = {name for kind, name in {*here} ^ {*there} if kind == "table"}
    found = []
    for kind, name in sorted({*here, *there}):
        one, other = here.get((kind, name)), there.get((kind, name))
        owner = name.partition(" on ")[2] or name.rpartition(".")[0]
        if one != other and (kind == "table" or owner not in missing):
            found.append(Difference(kind=kind, name=name, here=one, there=other))
    return tuple(found)
