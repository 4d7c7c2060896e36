"""The flags of one environment, as a server keeps them and a client follows them: a document and its changes.

A document has the keys of the file (`features`, `segments`, `exclusive`, `holdouts`), below each its entries by
name, as JSON. A change names one entry and gives it a body, or takes it away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import isfinite
from typing import TypeVar

from shipway.errors import ShipwayError
from shipway.flags.crossing import cross_check
from shipway.flags.fields import Finding, dotted
from shipway.flags.model import Exclusive, FlagFile, Holdout, Json
from shipway.flags.parse import parts
from shipway.spec.problems import InputErrors
from shipway.spec.tree import Data, Plain

KINDS = ("features", "segments", "exclusive", "holdouts")
DEPTH_MAX = 32
NOTHING: Mapping[str, Mapping[str, Json]] = {kind: {} for kind in KINDS}
Document = Mapping[str, Mapping[str, Json]]
Group = TypeVar("Group", Exclusive, Holdout)


class NotAValue(ShipwayError):
    """JSON that no file of flags could hold."""

    code = "wrong-value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry as it is from now on; no body takes it away."""

    kind: str
    name: str
    body: Json | None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All entries, and the flags that they make."""

    document: Document = field(default_factory=lambda: NOTHING)
    file: FlagFile = field(default_factory=FlagFile)

    def changed(self, changes: Iterable[Change]) -> "State":
        """What holds after the changes, all at once. Raises `InputErrors`, and nothing has changed then."""
        changes = tuple(changes)
        document = {kind: dict(self.document[kind]) for kind in KINDS}
        for change in changes:
            document[change.kind].pop(change.name, None)
            if change.body is not None:
                document[change.kind][change.name] = change.body
        file, findings = parts(_written(changes))
        file = _merged(self.file, file, changes)
        if not findings:
            cross_check(file, findings)
        if findings:
            raise wrong(findings)
        return State(document=document, file=file)


def state_of(document: Mapping[str, Json]) -> State:
    """The state of a whole document. Raises `InputErrors`."""
    return State().changed(changes_of(document))


def changes_of(document: Mapping[str, Json]) -> tuple[Change, ...]:
    """What makes a document of nothing. Raises `InputErrors` where a key is not a file's, or holds no mapping."""
    for kind, entries in document.items():
        if kind not in KINDS or not isinstance(entries, Mapping | None):
            known = f"Known are {', '.join(KINDS)}; each holds a mapping by name."
            error = NotAValue(f"`{kind}` is no part of a file of flags", where=kind, why=known, fix="Remove it.")
            raise InputErrors([error], file="flags")
    return tuple(
        Change(kind=kind, name=name, body={} if body is None else body)
        for kind in KINDS
        for name, body in (document.get(kind) or {}).items()
    )


def data_of(value: Json, depth: int = 0) -> Data:
    """JSON as a file of flags would have it. Raises `NotAValue`."""
    if depth > DEPTH_MAX:
        raise _unfit("this is nested too deeply", f"At most {DEPTH_MAX} levels are read.")
    match value:
        case str() | None:
            return value
        case bool():
            return Plain("true" if value else "false", "bool")
        case int():
            return Plain(str(value), "int")
        case float():
            return _data_of_float(value)
        case Mapping():
            return {str(key): data_of(inner, depth + 1) for key, inner in value.items()}
        case list() | tuple():
            return [data_of(inner, depth + 1) for inner in value]
        case _:
            raise _unfit(f"{value!r} is not JSON", "Values are texts, numbers, booleans, lists and mappings.")


def _data_of_float(value: float) -> Data:
    if not isfinite(value):
        raise _unfit(f"{value} is no number of JSON", "Not every program could read it.")
    return Plain(format(Decimal(repr(value)), "f"), "float")


def _unfit(what: str, why: str) -> NotAValue:
    return NotAValue(what, where="flags", why=why, fix="Send a simpler value.")


def wrong(findings: Iterable[Finding]) -> InputErrors:
    """What is wrong with a document, each with the path in it."""
    errors = [found.error(found.what, where=_where(found), why=found.why, fix=found.fix) for found in findings]
    return InputErrors(errors, file="flags")


def _where(found: Finding) -> str:
    column = "" if found.column is None else f", character {found.column + 1}"
    return f"{dotted(found.path)}{column}"


def _written(changes: Iterable[Change]) -> Data:
    data: dict[str, dict[str, Data]] = {kind: {} for kind in KINDS}
    for change in changes:
        if change.body is not None:
            data[change.kind][change.name] = data_of(change.body)
    return {kind: dict(entries) for kind, entries in data.items()}


def _merged(before: FlagFile, new: FlagFile, changes: Iterable[Change]) -> FlagFile:
    """What did not change is not read again."""
    gone = {(change.kind, change.name) for change in changes}
    features = {name: flag for name, flag in before.features.items() if ("features", name) not in gone}
    segments = {name: one for name, one in before.segments.items() if ("segments", name) not in gone}
    return replace(
        before,
        features={**features, **new.features},
        segments={**segments, **new.segments},
        exclusive=_kept(before.exclusive, "exclusive", gone) + new.exclusive,
        holdouts=_kept(before.holdouts, "holdouts", gone) + new.holdouts,
    )


def _kept(groups: tuple[Group, ...], kind: str, gone: set[tuple[str, str]]) -> tuple[Group, ...]:
    return tuple(group for group in groups if (kind, group.name) not in gone)
