"""Reads how far every change of a database is."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.errors import ShipwayError
from shipway.model.phase import Phase
from shipway.model.wait import Wait
from shipway.schema.change_file import load

if TYPE_CHECKING:
    from shipway.adapters.databases.exact import Exact
    from shipway.adapters.databases.journal import Record, Walk
    from shipway.adapters.databases.session import Session

COUNTED = (Phase.DUAL_WRITING, Phase.BACKFILLED, Phase.SWITCHED)
"""Phases in which there are two shapes to be compared."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One change."""

    record: "Record"
    walks: "tuple[Walk, ...]"
    waits: Wait | None = None
    """Why its backfill is paused just now."""
    exact: "tuple[Exact, ...]" = ()
    uncounted: str = ""
    """Why it could not be counted."""


def looked(session: "Session", *, is_exact: bool) -> list[Standing]:
    """In the order in which they began. Raises `DatabaseError`."""
    from shipway.adapters.databases import journal, pauses

    found = []
    for name in journal.names(session):
        record = journal.record(session, name)
        if record is None:
            continue
        exact, why = _exact(session, record) if is_exact and record.phase in COUNTED else ((), "")
        walks = tuple(journal.walks(session, name))
        waits = pauses.waits(session, name)
        found.append(Standing(record=record, walks=walks, waits=waits, exact=exact, uncounted=why))
    return found


def _exact(session: "Session", record: "Record") -> "tuple[tuple[Exact, ...], str]":
    from shipway.adapters.databases.errors import DatabaseError
    from shipway.adapters.databases.exact import exact
    from shipway.adapters.databases.runner import Runner

    try:
        return exact(Runner(session, load(Path(record.file)), told=lambda what: None)), ""
    except DatabaseError:
        raise
    except ShipwayError as error:
        return (), error.what
