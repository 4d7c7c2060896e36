"""What replicas have resident, against what they may."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import psutil
from msgspec import Struct

from shipway.adapters.replicas.records import ReplicaRecord
from shipway.adapters.replicas.usage import children, family
from shipway.adapters.supervisor import Process

RUNAWAY = 1.5
"""Above so many times its limit a replica does not wait until another one is back."""


class Excess(Struct, frozen=True, kw_only=True):
    """A replica with more memory than it may have."""

    name: str
    service: str
    bytes: int
    limit: int

    @property
    def is_runaway(self) -> bool:
        """Whether it endangers the machine."""
        return self.bytes > RUNAWAY * self.limit


def excesses(bounded: Iterable[tuple[ReplicaRecord, Process]]) -> list[Excess]:
    """Those above their limit. Blocks."""
    found = list(bounded)
    tree = children() if found else {}
    return [
        Excess(name=record.id, service=record.service, bytes=used, limit=record.memory_max)
        for record, process in found
        if record.memory_max and process.pid and (used := _used(process.pid, tree, record.memory_max))
    ]


def _used(pid: int, tree: Mapping[int, Sequence[int]], limit: int) -> int:
    """Nothing up to the limit. What processes share is told apart only when it matters: that takes longer."""
    pids = family(pid, tree)
    if sum(_memory(one, exact=False) for one in pids) <= limit:
        return 0
    exact = sum(_memory(one, exact=True) for one in pids)
    return exact if exact > limit else 0


def _memory(pid: int, *, exact: bool) -> int:
    """Resident bytes; exactly, those that are shared count by the part of each process. 0 for one that ended."""
    try:
        process = psutil.Process(pid)
        full = process.memory_full_info() if exact else process.memory_info()
    except psutil.Error:
        return 0
    return int(getattr(full, "pss", full.rss))


def next_ones(found: Iterable[Excess], *, busy: Collection[str]) -> list[Excess]:
    """Which of them to start again now: of each service one, the largest, and those that run away. Pure."""
    chosen: list[Excess] = []
    taken = {*busy}
    for one in sorted(found, key=lambda excess: -excess.bytes):
        if one.is_runaway or one.service not in taken:
            chosen.append(one)
            taken.add(one.service)
    return chosen
