"""How far a workload that is updated in place is, kept as one of its annotations: one write moves it all. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.told import Told
from shipway.model.revision import RevisionId

Object = dict[str, Any]
NAMED_MAX = 50
"""So many revisions are named: an annotation has room for 256 KiB of all of them."""
There = Mapping[str, RevisionId]
"""Pods that do not end, by name, the oldest first: whose code each runs."""


class Rolled(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of one workload."""

    revision: RevisionId = RevisionId("")
    """Whose template it has: what its controller makes anew is of this one."""
    counts: Mapping[RevisionId, int] = {}
    """How many pods of each there are to be; those of none are not named."""
    replicas: int = 0
    """What the workload says of how many it has."""
    generations: Mapping[RevisionId, int] = {}
    """The newest intent for each."""
    forgotten: int = 0
    """The newest intent for a revision that is not named any more."""
    grown: Mapping[RevisionId, int] = {}
    """The newest intent that had each grow."""
    pods: Mapping[str, Told] = {}
    leaving: int = 0
    """Where nobody can say which pods end: how many of the present template drain. Of a DaemonSet, whether pods of
    it that have no place yet are given up."""
    since: float = 0.0
    """When what the workload itself ends was chosen, in seconds since the epoch."""
    ports: Mapping[RevisionId, int] = {}
    autoscaled: bool = False
    """Whether an autoscaler may change how many pods there are."""
    halted: bool = False
    """Whether it was made to stand still for a release."""
    before: Mapping[str, Any] = {}
    """What the user says of how it is updated, while Shipway says something else."""

    @property
    def own(self) -> int:
        """Pods of the one whose template it has."""
        return self.counts.get(self.revision, 0)

    @property
    def others(self) -> int:
        """Pods of all others. Without any, the user's own words hold."""
        return sum(self.counts.values()) - self.own

    @property
    def is_scaled(self) -> bool:
        """Whether an autoscaler may have said how many pods there are. Where there are none it says nothing."""
        return self.autoscaled and bool(self.counts)

    def known(self, there: Iterable[str], revision: RevisionId) -> dict[str, Told]:
        """What these pods of a revision were told, each named."""
        newest = Told(generation=self.grown.get(revision, 0))
        return {pod: self.pods.get(pod, newest) for pod in there}


def bounded(state: Rolled) -> Rolled:
    """Without the oldest revisions of which no pod is wanted. The newest of them fences an intent for any."""
    by_age = sorted(state.generations, key=lambda name: (state.counts.get(name, 0) > 0, state.generations[name]))
    gone = set(by_age[: max(0, len(by_age) - NAMED_MAX)]) - state.counts.keys()
    if not gone:
        return state

    def left(told: Mapping[RevisionId, int]) -> dict[RevisionId, int]:
        return {name: number for name, number in told.items() if name not in gone}

    newest = max(state.forgotten, *(state.generations[name] for name in gone))
    of_each = {"generations": left(state.generations), "grown": left(state.grown), "ports": left(state.ports)}
    return replace(state, forgotten=newest, **of_each)


def followed(state: Rolled, replicas: int, there: There, *, grows: bool) -> Rolled:
    """With what its autoscaler made of it; beside another revision only where it `grows`, and each gets some."""
    if not state.is_scaled or replicas in (0, state.replicas):
        return state
    if not state.others:
        return replace(state, replicas=replicas, counts={state.revision: replicas})
    if not grows or replicas < state.replicas:
        return state
    counts = {name: max(number, len(of(there, name))) for name, number in state.counts.items()}
    return replace(state, replicas=replicas, counts=counts)


def rolled(workload: Mapping[str, Any]) -> Rolled:
    """As it was written last."""
    written = (workload["metadata"].get("annotations") or {}).get(marks.UPDATE)
    return msgspec.json.decode(written, type=Rolled) if written else Rolled()


def encoded(state: Rolled) -> str:
    """As it is written."""
    return msgspec.json.encode(state, order="sorted").decode()


def of(there: There, revision: RevisionId) -> list[str]:
    """Pods of one."""
    return [pod for pod, whose in there.items() if whose == revision]


class Order(Struct, frozen=True, kw_only=True):
    """An intent for the capacity of one revision."""

    revision: RevisionId
    generation: int
    at: float
    """Seconds since the epoch."""
    replicas: int = 0
    named: frozenset[str] = frozenset()
    """Pods."""


def moved(state: Rolled, there: There, known: Mapping[str, Told], order: Order) -> Rolled:
    """With what the pods of a revision are told now; pods that are gone are forgotten."""
    kept = {pod: each for pod, each in state.pods.items() if pod in there}
    generations = {**state.generations, order.revision: order.generation}
    return replace(state, pods={**kept, **known}, generations=generations)


def aimed(state: Rolled, count: int, order: Order) -> Rolled:
    """With so many pods of a revision: one that grows gets its template in, one that shrinks gives it up to those
    that stay."""
    revision = order.revision
    counts = {name: number for name, number in {**state.counts, revision: count}.items() if number}
    had, target = state.counts.get(revision, 0), state.revision
    others = {name: number for name, number in counts.items() if name != revision}
    if count > had or not target:
        target = revision
    elif revision == target and count < had and others:
        target = max(others, key=lambda name: (others[name], name))
    grown = {**state.grown, revision: order.generation} if count > had else state.grown
    return replace(state, revision=target, counts=counts, grown=grown)
