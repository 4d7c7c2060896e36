"""What has happened to a database, kept in that database, by the SQL of its dialect.

Where DDL is transactional, a step is noted in the transaction that does it, so that after a crash it is known
whether it happened. Where it is not, the catalog is asked.
"""

from msgspec import Struct, json

from shipway.adapters.databases.session import Row, Session, Statement, Statements
from shipway.model.phase import Phase
from shipway.schema.table import Table


class Record(Struct, frozen=True, kw_only=True):
    """How far a change is."""

    name: str
    file: str
    digest: str
    phase: Phase
    tables: tuple[Table, ...]
    """As they were when it began, one for each step."""
    phase_at: float
    age_seconds: float
    """Since the phase was reached, on the database's clock."""
    verified_at: float | None = None


class Walk(Struct, frozen=True, kw_only=True):
    """How far a backfill is."""

    last: list[object] | None
    """The key of the last row that was walked."""
    upper: list[object] | None
    rows_walked: int
    rows_written: int
    rows_total: int
    seconds: float
    is_done: bool
    waits: str = ""
    """Why it does not go on just now; never kept."""


def _sql(session: Session) -> Statements:
    return session.dialect.STATEMENTS


def prepare(session: Session) -> None:
    """Make the tables. Safe to repeat."""
    if not exists(session):
        session.together([(text, ()) for text in _sql(session).tables])


def exists(session: Session) -> bool:
    """Whether this database has a journal."""
    return bool(session.rows(_sql(session).exists)[0][0])


def is_ours(session: Session, change: str) -> bool:
    """Take the change for this session; false where another one has it."""
    return bool(session.rows(_sql(session).take, (change,))[0][0])


def record(session: Session, change: str) -> Record | None:
    """None where it never began, or was taken back."""
    found = session.rows(_sql(session).change, (change,)) if exists(session) else []
    return _record(change, found[0]) if found else None


def names(session: Session) -> list[str]:
    """Every change that has begun, the newest last."""
    return [str(row[0]) for row in session.rows(_sql(session).names)] if exists(session) else []


def _record(name: str, row: Row) -> Record:
    file, digest, phase, tables, phase_at, age, verified_at = row
    return Record(
        name=name,
        file=str(file),
        digest=str(digest),
        phase=Phase(int(str(phase))),
        tables=json.decode(str(tables), type=tuple[Table, ...]),
        phase_at=float(str(phase_at)),
        age_seconds=float(str(age)),
        verified_at=None if verified_at is None else float(str(verified_at)),
    )


def begin(session: Session, name: str, *, file: str, digest: str, tables: tuple[Table, ...]) -> None:
    """A new change."""
    session.together([(_sql(session).begin, (name, file, digest, json.encode(tables).decode()))])


def reach(session: Session, name: str, phase: Phase) -> None:
    """A phase is whole."""
    session.together([(_sql(session).reach, (int(phase), name, int(phase)))])


def verify(session: Session, name: str) -> None:
    """Nothing was wrong just now."""
    session.together([(_sql(session).verify, (name,))])


def forget(session: Session, name: str) -> None:
    """A change that was taken back has left nothing."""
    session.together([(_sql(session).forget, (name,))])


def done(session: Session, change: str, step: str) -> Statement:
    """That a step has happened."""
    return _sql(session).done, (change, step)


def steps(session: Session, change: str) -> frozenset[str]:
    """Those that have happened."""
    return frozenset(str(row[0]) for row in session.rows(_sql(session).steps, (change,)))


def walk(session: Session, change: str, step: str) -> Walk | None:
    """None where the backfill did not begin."""
    found = session.rows(_sql(session).walks, (change, step))
    return _walk(found[0]) if found else None


def walks(session: Session, change: str) -> list[Walk]:
    """All backfills of a change that have begun."""
    return [_walk(row) for row in session.rows(_sql(session).walks, (change, "%"))]


def _walk(row: Row) -> Walk:
    last, upper, walked, written, total, seconds, is_done = row
    return Walk(
        last=None if last is None else json.decode(str(last), type=list[object]),
        upper=None if upper is None else json.decode(str(upper), type=list[object]),
        rows_walked=int(str(walked)),
        rows_written=int(str(written)),
        rows_total=int(str(total)),
        seconds=float(str(seconds)),
        is_done=bool(is_done),
    )


def begin_walk(session: Session, change: str, step: str, *, upper: list[object] | None, rows_total: int) -> None:
    """From the first row; the last one is fixed now, so that it ends under inserts: those are right already."""
    last = None if upper is None else json.encode(upper).decode()
    session.together([(_sql(session).walk_begin, (change, step, last, rows_total, upper is None))])


def walked(session: Session, change: str, step: str, *, now: Walk, written: int) -> Statement:
    """How far a batch has brought it, to be noted with the batch."""
    last = json.encode(now.last).decode()
    return _sql(session).walk_move, (last, now.rows_walked, written, now.seconds, now.is_done, change, step)
