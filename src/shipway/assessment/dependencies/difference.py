"""What became of dependencies."""

import re
from collections.abc import Mapping

from msgspec import Struct

NUMBERS = re.compile(r"\d+(?:\.\d+)*")


class Moved(Struct, frozen=True, kw_only=True):
    """One dependency that is not as it was."""

    name: str
    before: str | None = None
    """None: it was not there."""
    after: str | None = None

    @property
    def is_major(self) -> bool:
        """Whether it may break its users: the first number of its version differs, or the second below 1."""
        before, after = _numbers(self.before), _numbers(self.after)
        if not before or not after:
            return False
        return before[0] != after[0] or (before[0] == 0 and before[1:2] != after[1:2])

    @property
    def words(self) -> str:
        """`django 4.2.1 → 5.0`."""
        before, after = ((one or "").removeprefix("==") for one in (self.before, self.after))
        if self.before is None:
            return f"{self.name} {after}".rstrip() + " is new"
        if self.after is None:
            return f"{self.name} {before}".rstrip() + " is gone"
        major = ", another major version" if self.is_major else ""
        return f"{self.name} {before or 'any'} → {after or 'any'}{major}"


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Moved, ...]:
    """By name; what stays as it was is left out."""
    names = sorted({*before, *after})
    moved = (Moved(name=name, before=before.get(name), after=after.get(name)) for name in names)
    return tuple(one for one in moved if one.before != one.after)


def _numbers(version: str | None) -> list[int]:
    found = NUMBERS.search(version or "")
    return [int(part[:9]) for part in found[0].split(".")] if found else []
