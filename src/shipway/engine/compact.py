"""Keeps a journal short: all but its newest entries become one, which holds the state that they fold to.

A fold over the compacted journal gives the same state, and positions go on as before, so generations stay
monotone and an append still compares the same length. A release writes 25 to 60 entries.
"""

from collections.abc import Sequence

import msgspec
import structlog
from msgspec import Raw

from shipway.engine.fold import fold
from shipway.engine.state import ServiceState
from shipway.errors import JournalConflict, LeaseLost, PortError
from shipway.model.event import Compacted, Entry
from shipway.ports.journal import Journal

ENTRIES_MAX = 1_000
"""Of one service. More are compacted at the next write; they are a quarter of a megabyte."""
ENTRIES_KEPT = 500
"""Those that stay as they are: who asked what and why, for people and for commands that follow a run."""

log = structlog.get_logger()


def is_due(first: int, last: int) -> bool:
    """Whether a journal that holds entries from `first` to `last` is too long."""
    return last - first + 1 > ENTRIES_MAX


def begin_of(service: str, entries: Sequence[Entry]) -> Entry:
    """What stands for all of a whole journal's entries but the newest that are kept."""
    former = entries[: max(1, len(entries) - ENTRIES_KEPT)]
    state = fold(ServiceState(service=service), former)
    return Entry(former[-1].position, former[-1].at, Compacted(state=Raw(msgspec.json.encode(state))))


async def compacted(journal: Journal, service: str, *, token: int) -> int | None:
    """Compact it, and return its first position; none where it cannot be done now. Nothing hangs on it, so a store
    that is in trouble is asked again at the next write. Raises `LeaseLost` or `JournalConflict`."""
    try:
        entries = await journal.read(service)
        state = fold(ServiceState(service=service), entries)
        begin = begin_of(service, entries)
        await journal.compact(service, begin, read=state.read, token=token)
    except (LeaseLost, JournalConflict):
        raise
    except PortError as error:
        log.warning("a journal cannot be compacted", service=service, error=str(error))
        return None
    return begin.position
