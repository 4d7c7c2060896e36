"""Reads a mapping of the file key by key, and notes everything that is wrong with it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from shipway.errors import ShipwayError
from shipway.flags.model import Json
from shipway.model.share import Share
from shipway.spec import units
from shipway.spec.nearest import listed, nearest
from shipway.spec.problems import MissingKey, UnknownKey, Wrong
from shipway.spec.tree import Data, Keys, Plain
from shipway.spec.units import quoted

T = TypeVar("T")
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
ATTRIBUTE = r"[A-Za-z_][A-Za-z0-9_]{0,63}"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong, before its place is known."""

    error: type[ShipwayError]
    path: Keys
    what: str
    why: str
    fix: str
    is_of_key: bool = False
    column: int | None = None
    """Within a text of one line: where in it."""


class WrongRule(Wrong):
    """A rule that is wrong at one of its columns."""

    def __init__(self, what: str, *, why: str, fix: str, column: int) -> None:
        super().__init__(what, why=why, fix=fix)
        self.column = column


class Section:
    """A mapping, its known keys, and where it stands."""

    def __init__(self, data: Data, path: Keys, known: Sequence[str], findings: list[Finding]) -> None:
        self.path, self.known, self.findings = path, known, findings
        self.data: dict[str, Data] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            self.note(path, no_mapping(data))
        for key in self.data:
            if key not in known:
                self._unknown(key)

    def take(self, key: str, parse: Callable[[Data], T], default: T) -> T:
        """The value of a key; the default where it is not written, or wrong."""
        value = self.data.get(key)
        if value is None:
            return default
        try:
            return parse(value)
        except Wrong as wrong:
            self.note((*self.path, key), wrong)
            return default

    def mapping(self, key: str) -> dict[str, Data]:
        """A mapping of the user's own names; empty where it is not written."""
        none: dict[str, Data] = {}
        return self.take(key, mapping, none)

    def items(self, key: str) -> list[Data]:
        """A list; empty where it is not written."""
        none: list[Data] = []
        return self.take(key, items, none)

    def require(self, key: str, parse: Callable[[Data], T], default: T, *, example: str) -> T:
        """As `take`, for a key without which the section means nothing."""
        if self.data.get(key) is None:
            self.findings.append(
                Finding(
                    error=MissingKey,
                    path=self.path,
                    what=f"`{dotted((*self.path, key))}` is missing",
                    why="It has no default.",
                    fix=f"Add `{key}: {example}`.",
                    is_of_key=True,
                )
            )
        return self.take(key, parse, default)

    def note(self, path: Keys, wrong: Wrong) -> None:
        """Keep what is wrong at a path."""
        path = (*path, *wrong.at)
        column = wrong.column if isinstance(wrong, WrongRule) else None
        what = f"{dotted(path)}: {wrong.what}".removeprefix(": ")
        found = Finding(error=wrong.error, path=path, what=what, why=wrong.why, fix=wrong.fix, column=column)
        self.findings.append(found)

    def _unknown(self, key: str) -> None:
        meant = nearest(key, self.known)
        self.findings.append(
            Finding(
                error=UnknownKey,
                path=(*self.path, key),
                what=f"{f'`{dotted(self.path)}`' if self.path else 'A file of flags'} has no key {quoted(key)}",
                why=f"Known here: {listed(self.known)}.",
                fix=f"Did you mean `{meant}`?" if meant else "Remove it, or use one of these.",
                is_of_key=True,
            )
        )


def dotted(path: Keys) -> str:
    """`features.new-checkout.targeting[1].rule`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def no_mapping(data: Data) -> Wrong:
    """What is said where keys are expected."""
    return Wrong(
        f"{quoted(data)} stands where a mapping belongs",
        why="Its keys stand below it, indented, or in { }.",
        fix="Write its keys below it.",
    )


def mapping(data: Data) -> dict[str, Data]:
    """A mapping whose keys are the user's own names."""
    if isinstance(data, dict):
        return data
    raise no_mapping(data)


def items(data: Data) -> list[Data]:
    """A list."""
    if isinstance(data, list):
        return data
    raise Wrong(
        f"{quoted(data)} stands where a list belongs",
        why="It holds several values.",
        fix="Write them in [ ], or one a line after `- `.",
    )


def name(data: Data) -> str:
    """A flag's, a variant's or a group's name."""
    text = units.text_of(data)
    if re.fullmatch(NAME, text, re.ASCII):
        return text
    raise Wrong(
        f"{quoted(text)} cannot be a name",
        why="Names have 1 to 100 letters, digits and the signs - _ . and begin with a letter or digit.",
        fix="Write a name such as new-checkout.",
    )


def attribute(data: Data) -> str:
    """The name of something that is known about a user."""
    text = units.text_of(data)
    if re.fullmatch(ATTRIBUTE, text, re.ASCII):
        return text
    raise Wrong(
        f"{quoted(text)} cannot name an attribute of a user",
        why="It is the name of an argument in the code: letters, digits and _.",
        fix="Write user_id, or another name that the code passes.",
    )


def percentage(data: Data) -> Share:
    """`25`, `0.001` or `25%`."""
    text = data.removesuffix("%") if isinstance(data, str) else ""
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,12})?", text, re.ASCII):
        raise Wrong(
            f"{quoted(data)} is not a percentage",
            why="A percentage is a number from 0 to 100.",
            fix="Write 5, 25 or 0.25.",
        )
    thousandths = Decimal(text) * 1000
    if thousandths > 100_000:
        raise Wrong(f"{quoted(data)} is more than 100%", why="A percentage is a part.", fix="Write 0 to 100.")
    if thousandths != int(thousandths):
        raise Wrong(
            f"{quoted(data)} is too fine",
            why="Users are divided in steps of 0.001%.",
            fix="Write at most three digits after the point.",
        )
    return Share(int(thousandths))


def weight(data: Data) -> float:
    """A variant's weight beside the others'."""
    if isinstance(data, Plain) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", data, re.ASCII):
        return float(data)
    raise Wrong(
        f"{quoted(data)} is not a weight",
        why="Weights are numbers that are compared with each other.",
        fix="Write 50, or {weight: 50, value: ...}.",
    )


def day(data: Data) -> date:
    """`2027-03-01`."""
    try:
        return date.fromisoformat(units.text_of(data))
    except ValueError as error:
        why = "A day is written as year, month and day, and has to exist."
        raise Wrong(f"{quoted(data)} is not a day", why=why, fix="Write 2027-03-01.") from error


def moment(data: Data) -> float:
    """`2027-03-01T09:00:00Z`, as seconds since 1970."""
    try:
        found = datetime.fromisoformat(units.text_of(data))
    except ValueError as error:
        why = "A moment is a day, a time and a time zone."
        fix = "Write 2027-03-01T09:00:00Z or 2027-03-01T09:00:00+01:00."
        raise Wrong(f"{quoted(data)} is not a moment", why=why, fix=fix) from error
    if found.tzinfo is None:
        raise Wrong(
            f"{quoted(data)} says no time zone",
            why="Servers stand in different zones, and would not agree.",
            fix=f"Write {found.isoformat()}Z for UTC.",
        )
    return found.timestamp()


def json(data: Data) -> Json:
    """A value as the code gets it: numbers and booleans where they have no quotes."""
    match data:
        case Plain(kind="bool"):
            return data.lower() == "true"
        case Plain(kind="int"):
            return _int(data)
        case Plain():
            return float(data.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
        case dict():
            return {key: json(value) for key, value in data.items()}
        case list():
            return [json(value) for value in data]
        case _:
            return data


def _int(text: str) -> int:
    try:
        return int(text.lower(), 0) if text.strip("+-").lower().startswith(("0x", "0o", "0b")) else int(text)
    except ValueError as error:
        fix = "Put it in quotes to have a text."
        raise Wrong(f"{quoted(text)} is not a number", why="It looks like one.", fix=fix) from error
