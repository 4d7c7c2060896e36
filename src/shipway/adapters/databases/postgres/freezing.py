"""An old shape that nobody may use for a while, before it is dropped: a proof, and one that is taken back at once.

Rights on a column are given and taken under a lock that stops no reader and no writer, so both take milliseconds.
What the freeze took is kept in the database, in the transaction that took it.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from msgspec import json
from msgspec.structs import replace

from shipway.adapters.databases.errors import DatabaseError
from shipway.adapters.databases.postgres import failures, rights
from shipway.adapters.databases.postgres.catalog import naming
from shipway.adapters.databases.postgres.failures import Marks
from shipway.adapters.databases.postgres.usage import usage
from shipway.adapters.databases.proving import FreezeBroken, Going, Reach, StillFrozen, Usage, by_table, going
from shipway.adapters.databases.session import Session
from shipway.schema.grants import Taken, taken, taken_whole
from shipway.schema.operations.built import Built

LOOK_SECONDS = 0.2
BEFORE_SECONDS = 10.0
"""How long rollbacks are counted before a freeze, for what is usual."""
THAW_TRIES = 20
MAKE = """CREATE TABLE IF NOT EXISTS shipway.freezes (
    change text PRIMARY KEY REFERENCES shipway.changes ON DELETE CASCADE,
    began_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz,
    back jsonb NOT NULL, marks jsonb NOT NULL, broken text NOT NULL DEFAULT '')"""
READ = """
    SELECT back::text, marks::text, broken, ended_at IS NULL, extract(epoch FROM now() - began_at)::float8,
           extract(epoch FROM began_at)::float8
    FROM shipway.freezes WHERE change = %s
"""
BEGIN = """
    INSERT INTO shipway.freezes (change, back, marks) VALUES (%s, %s::jsonb, %s::jsonb)
    ON CONFLICT (change) DO UPDATE SET began_at = now(), ended_at = NULL, back = excluded.back,
    marks = excluded.marks, broken = ''
"""
OPENED = "SELECT EXISTS (SELECT FROM shipway.freezes WHERE ended_at IS NULL AND (marks->>'opened')::boolean)"
END = "UPDATE shipway.freezes SET ended_at = now(), broken = %s WHERE change = %s"


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """A freeze that has begun."""

    back: tuple[str, ...]
    marks: Marks
    broken: str
    """By what it was ended before its time."""
    is_on: bool
    age_seconds: float
    began_at: float


class Freeze:
    """See `proving.Proving`."""

    def __init__(self, session: Session, change: str, built: Sequence[Built]) -> None:
        self.session, self.change, self.going = session, change, going(built)
        self.counting = [one.counting for one in built if one.counting is not None]
        self.apart = {one.old[0][0]: one.standing_in for one in built if one.standing_in is not None and one.old}
        self.old = {
            table: columns
            for table, columns in by_table(self.going).items()
            if columns or table in self.apart or _goes_as_a_whole(table, self.going)
        }

    def usage(self) -> Usage:
        """Statements, dependencies, functions, sessions."""
        return usage(self.session, self.change, self.going)

    def bodies(self) -> tuple[str, ...]:
        """In any language whose text is kept."""
        return _once(name for one in self.going if one[1] for name in naming(self.session, *one))

    def reach(self) -> Reach:
        """What it would show now."""
        lists = [self._taken(table) for table in self.old]
        return Reach(
            roles=_once(role for one in lists for role in one.roles),
            beyond=_once(role for table in self.old for role in rights.beyond(self.session, table)),
            owners=_once(rights.owner(self.session, table) for table in self.old),
            counts_writes=bool(self.counting),
            reads_log=bool(failures.log_of(self.session)[0]),
        )

    def run(self, seconds: float, waited: Callable[[float], None]) -> None:
        """Rights go, and writes are counted; then it is looked at whether somebody fails."""
        found = state(self.session, self.change)
        if found is None or not found.is_on:
            self.begin(min(BEFORE_SECONDS, seconds), waited=lambda: waited(seconds))
        try:
            self._watch(seconds, waited)
        except BaseException as error:
            self._thaw_after(error)
            raise
        thaw(self.session, self.change)

    def thaw(self, *, broken: str = "") -> bool:
        """In one transaction, under a lock that stops no reader and no writer."""
        return thaw(self.session, self.change, broken=broken)

    def broken(self) -> str:
        """Empty while one is on."""
        found = state(self.session, self.change)
        return found.broken if found is not None and not found.is_on else ""

    def begin(self, before_seconds: float, *, waited: Callable[[], None]) -> None:
        """Take the rights away, after a look at what is usual."""
        since, count = time.monotonic(), failures.rolled_back(self.session)
        while (passed := time.monotonic() - since) < before_seconds:
            waited()
            time.sleep(min(LOOK_SECONDS, before_seconds - passed))
        self.session.together([(MAKE, ())])
        usual = (failures.rolled_back(self.session) - count) / max(passed, 1.0)
        opened = bool(self.counting) and (not rights.is_open(self.session) or _is_opened(self.session))
        lists = [self._taken(table) for table in self.old]
        take = [text for one in self.counting for text in one.begin]
        take += [text for one in self.apart.values() for text in one.begin]
        take += [text for one in lists for text in one.take]
        back = [text for one in lists for text in one.back] + [text for one in self.counting for text in one.end]
        after = tuple(text for one in self.apart.values() for text in one.end)
        marks = replace(self._marks(usual), opened=opened, after=after)
        values = (self.change, json.encode(back).decode(), json.encode(marks).decode())
        self.session.together([*((text, ()) for text in take), (BEGIN, values)])

    def _taken(self, table: str) -> Taken:
        found = rights.grants(self.session, table)
        if not self.old[table]:
            return taken_whole(table, found)
        return taken(table, rights.columns(self.session, table), self.old[table], found)

    def _marks(self, rate: float) -> Marks:
        log, offset = failures.log_of(self.session)
        used = {one.sequence: failures.counted(self.session, one.sequence) for one in self.counting}
        count = failures.rolled_back(self.session)
        return Marks(rolled_back=count, rate=rate, log=log, offset=offset, used=used)

    def _watch(self, seconds: float, waited: Callable[[float], None]) -> None:
        names = tuple(table.rpartition(".")[2].strip('"') for table in self.old)
        while True:
            found = state(self.session, self.change)
            if found is None or not found.is_on:
                raise self._told(found.broken if found else "the change was taken back")
            if why := failures.failed(self.session, found.marks, names, found.age_seconds):
                thaw(self.session, self.change, broken=why)
                raise self._told(why)
            left = seconds - found.age_seconds
            if left <= 0:
                return
            waited(left)
            time.sleep(min(LOOK_SECONDS, left))

    def _told(self, why: str) -> FreezeBroken:
        return FreezeBroken(
            f"Somebody still uses the old shape of {self.change}, and has it back",
            where=f"freeze of {', '.join(self.old)}",
            why=f"{why[0].upper()}{why[1:].rstrip('.')}.",
            fix="Find out who with `shipway schema usage`, then `shipway schema contract` again.",
        )

    def _thaw_after(self, error: BaseException) -> None:
        try:
            found = state(self.session, self.change)
            if found is not None and found.is_on:
                thaw(self.session, self.change)
        except DatabaseError as broken:
            raise StillFrozen(
                f"The old shape of {self.change} is frozen, and the database does not answer",
                where=broken.where,
                why=broken.why,
                fix="Run `shipway schema thaw` with its file as soon as it does.",
            ) from error


def state(session: Session, change: str) -> Frozen | None:
    """The last freeze of a change; none where there was none."""
    if session.rows("SELECT to_regclass('shipway.freezes') IS NOT NULL")[0][0] is not True:
        return None
    found = session.rows(READ, (change,))
    if not found:
        return None
    back, marks, broken, is_on, age, began_at = found[0]
    return Frozen(
        back=json.decode(str(back), type=tuple[str, ...]),
        marks=json.decode(str(marks), type=Marks),
        broken=str(broken),
        is_on=bool(is_on),
        age_seconds=float(str(age)),
        began_at=float(str(began_at)),
    )


def thaw(session: Session, change: str, *, broken: str = "") -> bool:
    """Give everything back; false where nothing is frozen. Waits for no reader and no writer of the table."""
    found = state(session, change)
    if found is None or not found.is_on:
        return False
    statements = [*((text, ()) for text in found.back), (END, (broken, change))]
    for left in reversed(range(THAW_TRIES)):
        try:
            session.together(statements)
            break
        except DatabaseError:  # another one changed rights of the same table at the same moment
            if not left:
                raise
            time.sleep(LOOK_SECONDS / 4)
    _tidy(session, found.marks)
    return True


def _tidy(session: Session, marks: Marks) -> None:
    """What nobody fails by: everybody has his rights back already."""
    close = [rights.CLOSE] if marks.opened and not _is_opened(session) else []
    for text in (*close, *marks.after):
        session.together([(text, ())])


def _is_opened(session: Session) -> bool:
    """Whether a freeze is on for which the schema `shipway` was opened."""
    made = session.rows("SELECT to_regclass('shipway.freezes') IS NOT NULL")[0][0] is True
    return made and session.rows(OPENED)[0][0] is True


def _goes_as_a_whole(table: str, parts: Sequence[Going]) -> bool:
    return (table, "", "") in parts


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
