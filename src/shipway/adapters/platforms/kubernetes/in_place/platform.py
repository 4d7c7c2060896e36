"""The platform port over the user's own workload: an intent is one write of it.

The write carries what it replaces by its resource version, and the intent's generation, so a controller that lost
its service meets a newer one, and changes nothing. Whatever is written puts back what other hands changed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes import forgetting, marks, pods
from shipway.adapters.platforms.kubernetes.cluster import Conflict
from shipway.adapters.platforms.kubernetes.in_place import ejecting, making, nodes
from shipway.adapters.platforms.kubernetes.in_place.autoscaler import Autoscaler
from shipway.adapters.platforms.kubernetes.in_place.form import Form
from shipway.adapters.platforms.kubernetes.in_place.remembering import Remembering
from shipway.adapters.platforms.kubernetes.in_place.rolled import (
    Order,
    Rolled,
    There,
    bounded,
    encoded,
    followed,
    of,
    rolled,
)
from shipway.adapters.platforms.kubernetes.in_place.seeing import LookInPlace
from shipway.adapters.platforms.kubernetes.in_place.states import States, digest
from shipway.adapters.platforms.kubernetes.in_place.templates import Templates
from shipway.adapters.platforms.kubernetes.kinds import POD
from shipway.adapters.platforms.kubernetes.options import options_of
from shipway.adapters.platforms.kubernetes.platform import (
    TRIES_MAX,
    KubernetesPlatform,
    changes_all_the_time,
    refused,
    require_newest,
    unprepared,
)
from shipway.adapters.platforms.kubernetes.preparations import Prepared
from shipway.errors import PortError
from shipway.model.revision import Revision, RevisionId

Object = dict[str, Any]
Change = Callable[[Rolled, There], Rolled]
First = Callable[[There], Awaitable[None]]


HALT_LOOKS, LOOK_SECONDS = 40, 0.1


@dataclass(eq=False)
class PlatformInPlace(KubernetesPlatform):
    """Of one workload, which keeps its name and what its user says of it."""

    form: Form

    def __post_init__(self) -> None:
        super().__post_init__()
        self._preparations = Remembering(self.cluster, self.service)

    async def _owners(self) -> Sequence[Object]:
        found = await self.cluster.list(self.form.kind, f"{marks.UPDATE}={marks.label_of(self.service)}")
        return [await self._states.trusted(workload) for workload in found]

    @property
    def _states(self) -> States:
        return States(self.cluster, self.service)

    def _look(
        self, owners: Sequence[Object], found: Sequence[Object], prepared: Mapping[RevisionId, Prepared]
    ) -> LookInPlace:
        return LookInPlace(owners, found, prepared, form=self.form, at=self.clock.now())

    async def _made(self, revision: Revision) -> str:
        return await making.made(self.cluster, revision, self.key, self.form)

    async def exported(self, revision: RevisionId) -> Sequence[Object]:
        """The workload as it is, with what its pods read."""
        return await ejecting.exported(self.cluster, self.service, revision, self.form)

    async def freed(self, revision: RevisionId) -> None:
        """It goes on, and knows nothing of Shipway any more."""
        await ejecting.freed(self.cluster, self.service, self.form)

    async def forget_others(self, kept: Sequence[Revision]) -> None:
        """What their pods were made from goes, and what those read. Raises `PortError`."""
        stay = await forgetting.forgotten(self.cluster, self.service, self._preparations, kept)
        await Templates(self.cluster, self.service).forget_others(stay)

    async def scale(self, revision: Revision, replicas: int, *, generation: int) -> None:
        """Its template gets in, and its controller makes just so many pods from it."""
        order, options = self._order(revision.id, generation, replicas=replicas), options_of(revision)
        port, is_autoscaled = options.port, bool(options.autoscaler)

        def grow(state: Rolled, there: There) -> Rolled:
            grown = self.form.scaled(state, there, order)
            return replace(grown, ports={**grown.ports, revision.id: port}, autoscaled=is_autoscaled)

        if self.form.halts:
            await self._halted(order)
        await self._moved(order, grow, grown=revision)
        await self._ended()

    async def drain(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        """Note that they drain; whoever carries requests is told by others."""
        order = self._order(revision, generation, named=frozenset(replicas))
        await self._moved(order, lambda state, there: self.form.drained(state, there, order))

    async def stop(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        """Those that are named have the lowest cost of deletion, so they are what its controller ends."""
        order = self._order(revision, generation, named=frozenset(replicas))

        def end(state: Rolled, there: There) -> Rolled:
            mine = order.named.intersection(of(there, revision))
            undrained = sorted(pod for pod in mine if self.form.said(state, pod, revision).stays)
            if undrained:
                raise refused(undrained[0], self.service)
            return self.form.stopped(state, there, order)

        async def first(there: There) -> None:
            if not self.form.per_node:
                await self._cheap(order.named, of(there, revision), generation)

        await self._moved(order, end, first=first)
        await self._ended()

    async def _halted(self, order: Order) -> None:
        """Have the workload stand still before it gets another template. Raises `PortError` where it goes on."""
        for _ in range(HALT_LOOKS):
            workload = next(iter(await self._owners()), None)
            state = self._fenced(workload, order, {}) if workload else Rolled()
            if workload is None or not _begins(state, order):
                return
            if not state.halted:
                await self._is_written(workload, replace(state, halted=True))
            elif _stands_still(workload):
                return
            await asyncio.sleep(LOOK_SECONDS)
        raise PortError(
            f"the {self.form.word} does not stand still",
            where=f"service {self.service}",
            why="Its controller has not taken up what it was told: it is slow, or away.",
            fix="It is asked again.",
        )

    async def _ended(self) -> None:
        """End pods that its controller does not.

        Who was told to stop is never taken back, so a pod's uid is all that has to be the same.
        """
        if not (self.form.waits or self.form.per_node):
            return
        for workload in await self._owners():
            look = self._look([workload], await self.cluster.list(POD, marks.selector(self.service)), {})
            for pod in look.ours_to_end():
                metadata = pod["metadata"]
                try:
                    await self.cluster.delete(POD, str(metadata["name"]), uid=str(metadata["uid"]))
                except Conflict:
                    continue  # it is another one already

    def _order(self, revision: RevisionId, generation: int, **more: Any) -> Order:
        return Order(revision=revision, generation=generation, at=self.clock.now(), **more)

    async def _moved(
        self, order: Order, change: Change, *, first: First | None = None, grown: Revision | None = None
    ) -> None:
        """Write what `change` makes of the workload and its pods.

        `first` is what has to be there before, `grown` the revision that grows, with which the workload is made
        anew where somebody deleted it.
        """
        for _ in range(TRIES_MAX):
            workload = next(iter(await self._owners()), None)
            if workload is None and grown is not None and await self._is_prepared(order.revision):
                await self._made(grown)
                continue
            if workload is None:
                raise unprepared(order.revision, "of this service")
            found, there = await self._there()
            state = self._fenced(workload, order, there)
            if self.form.per_node:
                state = replace(state, replicas=nodes.count(workload, found, self.clock.now()))
            after = change(state, there)
            if self.form.per_node:
                after = nodes.remembered(after, state, found)
            if first is not None:
                await first(there)
            is_scaled = state.autoscaled or after.autoscaled
            if is_scaled and not await self._fits(after, grown):
                continue
            if await self._is_written(workload, after):
                return
        raise changes_all_the_time(self.service, self.form.word)

    async def _fits(self, state: Rolled, grown: Revision | None) -> bool:
        """Have no autoscaler undo what is written next. False where others wrote it just now."""
        try:
            await Autoscaler(self.cluster, self.service, self.form.grows).fit(state, grown)
        except Conflict:
            return False
        return True

    def _fenced(self, workload: Object, order: Order, there: There) -> Rolled:
        """How far it is, with what its autoscaler made of it and the user's own words on how it is updated.

        Raises `StaleGeneration`.
        """
        state, where = rolled(workload), f"{self.form.word} {workload['metadata']['name']}"
        newest = state.generations.get(order.revision, state.forgotten)
        require_newest(f"capacity:{order.revision}", newest, order.generation, where=where)
        state = followed(state, workload["spec"].get("replicas", 1), there, grows=self.form.grows)
        return state if state.others or state.halted else replace(state, before=self.form.before(workload["spec"]))

    async def _is_written(self, workload: Object, state: Rolled) -> bool:
        """In place of the one that was read."""
        state, spec = bounded(state), workload["spec"]
        if state.revision:
            spec = {**spec, "template": await Templates(self.cluster, self.service).of(state.revision)}
        metadata, text = workload["metadata"], encoded(state)
        marked = {
            **metadata,
            "annotations": {**(metadata.get("annotations") or {}), marks.UPDATE: text},
            "labels": {**metadata["labels"], marks.UPDATED: digest(text)},
        }
        written = {**workload, "metadata": marked, "spec": self.form.spec(spec, state)}
        try:
            await self._states.keep(text)
            return await self.cluster.replace(self.form.kind, written) is not None
        except Conflict:
            return False

    async def _there(self) -> tuple[Sequence[Object], There]:
        """The service's pods; of those that do not end, the oldest first, whose code each runs."""
        found, prepared = await asyncio.gather(
            self.cluster.list(POD, marks.selector(self.service)), self._preparations.all()
        )
        ids = {marks.label_of(id): id for id in prepared}
        living = [pod for pod in found if not pods.is_ending(pod) and not pods.is_over(pod)]
        living.sort(key=lambda pod: (pod["metadata"]["creationTimestamp"], pods.name(pod)))
        if self.form.per_node:
            living = nodes.counted(living, self.clock.now())
        whose = ((pods.name(pod), pods.label(pod, marks.REVISION)) for pod in living)
        return found, {name: ids[label] for name, label in whose if label in ids}


def _begins(state: Rolled, order: Order) -> bool:
    """Whether it is the first growth of another version beside the one that has all pods."""
    return bool(state.counts) and not state.others and order.revision != state.revision and order.replicas > 0


def _stands_still(workload: Object) -> bool:
    """Whether its controller has taken up what it says, and knows no pod as available."""
    status = workload.get("status") or {}
    is_seen = status.get("observedGeneration", 0) >= workload["metadata"].get("generation", 0)
    return is_seen and not status.get("availableReplicas")
