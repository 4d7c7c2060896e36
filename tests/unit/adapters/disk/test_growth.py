"""Three hundred releases in a real store: what the home holds is bounded, and stops growing.

The events are those of a release in the simulator, written again and again with other revisions. The same with
real processes is in `tests/platforms/machine/test_disk_growth.py`.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace
from pytest import MonkeyPatch

from crash.points import die, play
from crash.rollouts import NEXT_AT, ROLLOUTS, V1, V2, release
from shipway.adapters.clock import WallClock
from shipway.adapters.disk.leftovers import size_of
from shipway.adapters.disk.pruning import Pruning
from shipway.adapters.stores.sqlite import SqliteStore, open_store
from shipway.engine import compact
from shipway.engine.fold import fold
from shipway.engine.ports import Store
from shipway.engine.state import ServiceState
from shipway.home import Home
from shipway.model.command import Deploy
from shipway.model.event import CommandRead, Event, Failed, Settled
from shipway.model.revision import Revision, RevisionId

RELEASES, KEEP, PAST = 300, 5, 50
LOG_BYTES = 20_000
BYTES_MAX = 6_000_000
"""Most of it is the write-ahead log of SQLite, which has 4 MB before it begins anew."""
SERVICE = "checkout"


def events_of(number: int, command: int, length: int) -> list[Event]:
    """Of the release from one revision to the next, in a journal of this length."""
    text = msgspec.json.encode(TEMPLATE).decode()
    text = text.replace(f'"{V2}"', f'"r{number}"').replace(f'"{V1}"', f'"r{number - 1}"')
    events = msgspec.json.decode(text, type=list[Event])
    return [_moved(event, command, length - BEFORE) for event in events]


def _moved(event: Event, command: int, by: int) -> Event:
    match event:
        case CommandRead():
            return replace(event, id=command)
        case Settled(generation=generation) | Failed(generation=generation):
            return replace(event, generation=generation + by)
        case _:
            return event


def _template() -> tuple[int, Sequence[Event]]:
    """How many entries came before the second release, and those of it."""
    entries = play(ROLLOUTS["canary"], at=-1, happening=die)[0].entries
    release = [entry for entry in entries if entry.at >= NEXT_AT]
    return release[0].position - 1, [entry.event for entry in release]


BEFORE, TEMPLATE = _template()


async def shipped(home: Home, store: Store, number: int, first: int, length: int) -> tuple[int, int]:
    """One release from the command to what is pruned after it; the journal's first position and its length."""
    name = RevisionId(f"r{number}")
    wish = replace(release(name, "canary"), keep=KEEP)
    await store.revisions.put(
        Revision(id=name, service=SERVICE, version=name, platform={}), msgspec.json.encode(wish)
    )
    log = home.service(SERVICE) / "logs" / name / f"{name}-1.log"
    log.parent.mkdir(parents=True)
    log.write_bytes(bytes(LOG_BYTES))
    command = await store.journal.submit(SERVICE, Deploy(release=wish), by="dev")
    written = await store.journal.append(SERVICE, events_of(number, command, length), length=length, token=0)
    if compact.is_due(first, written[-1].position):
        first = await compact.compacted(store.journal, SERVICE, token=0) or first
    await Pruning(home, store, SERVICE).prune()
    return first, written[-1].position


async def all_shipped(home: Home, opened: SqliteStore) -> list[int]:
    """Bytes of the whole home after each release."""
    store = Store(opened.journal, opened.leases, opened.revisions, WallClock())
    sizes, first, length = [], 1, 0
    for number in range(1, RELEASES + 1):
        first, length = await shipped(home, store, number, first, length)
        sizes.append(size_of(home.path))
    kept = [one.revision.id for one in await store.revisions.all(SERVICE)]
    assert kept == [f"r{number}" for number in range(RELEASES - KEEP + 1, RELEASES + 1)]
    entries = await store.journal.read(SERVICE)
    assert len(entries) <= compact.ENTRIES_MAX and entries[-1].position == length
    assert len(await store.journal.inbox(after=0)) <= compact.ENTRIES_MAX
    state = fold(ServiceState(service=SERVICE), entries)
    assert not state.pending
    assert state.proven == f"r{RELEASES}" and len(state.past) == PAST
    return sizes


def test_a_home_stops_growing(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "ENTRIES_MAX", 200)
    monkeypatch.setattr(compact, "ENTRIES_KEPT", 100)
    monkeypatch.setattr("shipway.engine.fold.PAST_MAX", PAST)
    home = Home(tmp_path / "home")
    with open_store(home.store) as opened:
        sizes = asyncio.run(all_shipped(home, opened))
    third = RELEASES // 3
    early, late = max(sizes[third : 2 * third]), max(sizes[2 * third :])
    assert late <= 1.02 * early, (early, late)
    assert late < BYTES_MAX
