"""How often a replica was started again: a Swarm remembers the last few runs only, so each is counted once."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from shipway.adapters.replicas.records import Records
from shipway.adapters.supervisor import durable


class Runs(Struct, frozen=True):
    """Of one replica."""

    count: int = 0
    known: tuple[str, ...] = ()
    """Ids of tasks that are counted and that the Swarm still remembers."""


def restarts(replica: str, tasks: Sequence[str], records: Records) -> int:
    """Runs after the first; those that are new are counted, once whoever looks. Blocks."""
    path = records.endings_directory / f"{replica}.runs"
    runs = _read(path)
    if not set(tasks) <= set(runs.known):
        durable.directory(path.parent)
        with durable.locked(path.parent / ".runs.lock"):
            runs = _read(path)
            new = [task for task in tasks if task not in runs.known]
            runs = Runs(runs.count + len(new), tuple(tasks))
            durable.replace(path, msgspec.json.encode(runs))
    return max(0, runs.count - 1)


def _read(path: Path) -> Runs:
    found = durable.read(path)
    return msgspec.json.decode(found, type=Runs) if found else Runs()
