"""What has to be known before an old shape is dropped."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from shipway.errors import Exit, ShipwayError
from shipway.schema.sql.names import quoted


class ChangeRefused(ShipwayError):
    """The change is not where this command can begin, or a proof is missing."""

    code = "change-refused"
    exit_code = Exit.REFUSED


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What a check found."""

    what: str
    wrong: int
    sample: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What speaks for and against dropping the old shape."""

    waits_seconds: float
    """Of the hold, what is left."""
    wrong: tuple[Verified, ...]
    dependents: tuple[str, ...]
    used: tuple[str, ...] | None
    """Statements that named the old column; none where the database does not count statements."""
    shape: str = "old column"
    """What goes, in a word or two."""
    is_named: bool = True
    """Whether code must stop naming something: not where the new column takes the old one's name."""
    broken: str = ""
    """By what the last freeze was ended, and when; empty where it was not."""


def shape_of(old: Iterable[tuple[str, str, str]]) -> str:
    """Columns, tables whose name goes, tables that go, or of both."""
    kinds = {"old column" if column else "old name" if new else "table" for _, column, new in old}
    return kinds.pop() if len(kinds) == 1 else "old shape" if kinds else "old column"


def staying(names: Iterable[str], leaving: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Objects as PostgreSQL describes them (`function f(integer)`), without those that a contract drops itself."""
    gone = [re.compile(rf"\b{kind} (\S+\.)?{re.escape(quoted(name))}(?![\w\"])") for kind, name in leaving]
    return tuple(name for name in names if not any(one.search(name) for one in gone))


def refuse(found: Evidence, *, where: str, is_by_hand: bool = False) -> None:
    """Raises `ChangeRefused` where a proof is missing that can be had.

    After a broken freeze only a person begins another one: each may be an error to somebody.
    """
    reasons = {
        "Rows are wrong.": (found.wrong, "Run `shipway schema backfill` again."),
        "Its hold is not over.": (found.waits_seconds, "Wait; the hold stands in the file."),
        f"Other objects use the {found.shape}: {', '.join(found.dependents)}.": (
            found.dependents,
            "Change or drop them first.",
        ),
        f"Statements that name the {found.shape} were counted.": (
            found.used,
            "Reset the counts: SELECT pg_stat_statements_reset(), or on MariaDB TRUNCATE"
            " performance_schema.events_statements_summary_by_digest. Wait, and look again.",
        ),
        f"Somebody used it while it was frozen: {found.broken}": (
            found.broken and not is_by_hand,
            "When that is over, `shipway schema contract` by hand freezes it anew.",
        ),
    }
    for why, (is_so, fix) in reasons.items():
        if is_so:
            raise ChangeRefused("The old shape stays", where=where, why=why, fix=fix)


def missing(found: Evidence) -> tuple[str, ...]:
    """The same as sentences, all of them, but for the hold."""
    wrong = (f"{one.wrong} rows are wrong: it does not hold that {one.what}" for one in found.wrong)
    used = (f"a statement that names the {found.shape} was counted {text}" for text in found.used or ())
    dependents = (f"{', '.join(found.dependents)} uses the {found.shape}",) if found.dependents else ()
    broken = (
        (f"its last freeze was ended: {found.broken}; `shipway schema contract` by hand freezes it anew",)
        if found.broken
        else ()
    )
    return (*wrong, *dependents, *used, *broken)
