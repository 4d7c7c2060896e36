"""The platform port over a cluster: a deployment for each revision, and everything is kept in the cluster.

An intent is one write of the revision's deployment, which carries what it replaces by its resource version and the
intent's generation: a controller that lost its service meets a newer one, and changes nothing.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from shipway.adapters.platforms.kubernetes import deriving, ejecting, forgetting, marks, pods, told
from shipway.adapters.platforms.kubernetes.apart import require_apart
from shipway.adapters.platforms.kubernetes.autoscalers import Autoscalers
from shipway.adapters.platforms.kubernetes.cluster import Cluster, Conflict
from shipway.adapters.platforms.kubernetes.kinds import DEPLOYMENT, POD
from shipway.adapters.platforms.kubernetes.logs import Output
from shipway.adapters.platforms.kubernetes.making import made
from shipway.adapters.platforms.kubernetes.options import options_of
from shipway.adapters.platforms.kubernetes.preparations import Preparations, Prepared
from shipway.adapters.platforms.kubernetes.secrets import Key
from shipway.adapters.platforms.kubernetes.seeing import Look, template_hash
from shipway.adapters.platforms.kubernetes.usage import PodResources, Usages
from shipway.adapters.traffic._sockets import require_free
from shipway.errors import PortError, Refused, StaleGeneration
from shipway.model.fleet import Fleet, Preparation
from shipway.model.log import LogLine, LogQuery
from shipway.model.revision import Revision, RevisionId
from shipway.ports.clock import Clock

Object = dict[str, Any]
Change = Callable[[Object, Sequence[str]], Object]
TRIES_MAX = 50
EVENTS_OF_PODS_MAX = 5
"""For so many unready pods a cause is looked for in one look."""


@dataclass(eq=False)
class KubernetesPlatform:
    """The replicas of one service. Several objects, in several processes too, may speak for the same one."""

    service: str
    cluster: Cluster
    clock: Clock
    key: Key
    """Of the hashes of Secrets."""

    def __post_init__(self) -> None:
        self._preparations = Preparations(self.cluster, self.service)
        self._who, self._preparing = secrets.token_hex(8), set[RevisionId]()
        self._autoscalers = Autoscalers(self.cluster, self.service)
        self._usages = Usages(self.cluster, self.service)
        self.resources = PodResources(
            lambda: (self._usages.at, self._usages.found), self.clock, usages=self._usages
        )

    async def observe(self) -> Fleet:
        """All replicas as they are now."""
        chosen = marks.selector(self.service)
        owners, found, prepared = await asyncio.gather(
            self._owners(), self.cluster.list(POD, chosen), self._preparations.all()
        )
        look = self._look(owners, found, prepared)
        puzzling = look.puzzling()[:EVENTS_OF_PODS_MAX]
        events = await asyncio.gather(*(self.cluster.events_of(pod["metadata"]["uid"]) for pod in puzzling))
        now = self.clock.now()
        await self._usages.look(look.pods, look.ids, now)
        fleet = look.fleet(now, dict(zip(map(pods.name, puzzling), events, strict=True)))
        return structs.replace(fleet, usage=dict(self._usages.found))

    async def _owners(self) -> Sequence[Object]:
        """What makes its pods."""
        return await self.cluster.list(DEPLOYMENT, marks.selector(self.service))

    def _look(
        self, owners: Sequence[Object], found: Sequence[Object], prepared: Mapping[RevisionId, Prepared]
    ) -> Look:
        return Look(owners, found, prepared)

    async def _made(self, revision: Revision) -> str:
        """Have it there, with no pod yet: the hash of what its pods will be made from. Raises `PortError`."""
        await require_apart(self.cluster, self.service)
        return template_hash(await made(self.cluster, revision, self.key))

    async def prepare(self, revision: Revision, *, generation: int) -> None:
        """Have its ConfigMaps and its deployment there, with no pod yet; what the API server refuses is told."""
        if revision.id in self._preparing:
            return
        self._preparing.add(revision.id)
        try:
            await self._prepare(revision, generation)
        finally:
            self._preparing.remove(revision.id)

    async def _prepare(self, revision: Revision, generation: int) -> None:
        wanted = Prepared(
            revision=revision.id,
            generation=generation,
            state=Preparation.RUNNING,
            begun_at=self.clock.now(),
            by=self._who,
            port=options_of(revision).port,
        )
        if not await self._preparations.begun(revision.id, wanted):
            return
        try:
            template = await self._made(revision)
        except PortError as error:
            if not error.needs_person:
                await self._preparations.ended(revision.id, generation, state=Preparation.PENDING)
                raise
            said = {"state": Preparation.FAILED, "detail": f"{error.what}: {error.why}"}
        else:
            said = {"state": Preparation.DONE, "template": template}
        await self._preparations.ended(revision.id, generation, **said)

    async def scale(self, revision: Revision, replicas: int, *, generation: int) -> None:
        """Pods that drain are taken back before new ones are made."""

        def grow(deployment: Object, there: Sequence[str]) -> Object:
            return told.scaled(deployment, there, replicas, generation=generation)

        await self._changed(deriving.name(revision), revision.id, generation, grow, lost=revision)

    async def drain(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        """Note that they drain; whoever carries requests is told by others."""
        at, named = self.clock.now(), frozenset(replicas)

        def mark(deployment: Object, there: Sequence[str]) -> Object:
            return told.drained(deployment, there, named, at, generation=generation)

        await self._changed(await self._name(revision), revision, generation, mark)

    async def stop(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        """Those that are named have the lowest cost of deletion, so they are what a smaller deployment ends."""
        at, named = self.clock.now(), frozenset(replicas)

        def end(deployment: Object, there: Sequence[str]) -> Object:
            known = told.all_told(deployment, there)
            undrained = sorted(pod for pod in named & known.keys() if known[pod].stays)
            if undrained:
                raise refused(undrained[0], self.service)
            return told.stopped(deployment, there, named, at, generation=generation)

        name = await self._name(revision)
        await self._changed(
            name, revision, generation, end, first=lambda there: self._cheap(named, there, generation)
        )

    async def _cheap(self, named: frozenset[str], there: Sequence[str], generation: int) -> None:
        """A later intent's are cheaper still, so what a late controller marks is ended last."""
        change = {"metadata": {"annotations": {marks.COST: str(-generation)}}}
        await asyncio.gather(*(self.cluster.merge(POD, pod, change) for pod in sorted(named & frozenset(there))))

    async def _changed(
        self, name: str, revision: RevisionId, generation: int, change: Change, **more: Any
    ) -> None:
        """Write what `change` makes of the deployment and its pods; `first` is what has to be there before, `lost`
        the revision whose deployment is made anew where somebody deleted it."""
        first, lost = more.get("first"), more.get("lost")
        for _ in range(TRIES_MAX):
            deployment = await self.cluster.read(DEPLOYMENT, name)
            if deployment is None and lost is not None and await self._is_prepared(revision):
                await made(self.cluster, lost, self.key)
                continue
            if deployment is None:
                raise unprepared(revision, name)
            newest = told.generation(deployment)
            require_newest(f"capacity:{revision}", newest, generation, where=f"deployment {name}")
            there = await self._pods_of(revision)
            changed = change(deployment, there)
            if first is not None:
                await first(there)
            try:
                await self._autoscalers.fit(changed)
                if await self.cluster.replace(DEPLOYMENT, changed) is not None:
                    return
            except Conflict:
                continue
        raise changes_all_the_time(self.service, f"deployment {name}")

    async def _is_prepared(self, revision: RevisionId) -> bool:
        found = (await self._preparations.all()).get(revision)
        return found is not None and found.state is Preparation.DONE

    async def _pods_of(self, revision: RevisionId) -> Sequence[str]:
        """That are there and do not end, the oldest first."""
        chosen = f"{marks.selector(self.service)},{marks.REVISION}={marks.label_of(revision)}"
        found = await self.cluster.list(POD, chosen)
        living = [pod for pod in found if not pods.is_ending(pod) and not pods.is_over(pod)]
        return [
            pods.name(pod)
            for pod in sorted(living, key=lambda pod: (pod["metadata"]["creationTimestamp"], pods.name(pod)))
        ]

    async def _name(self, revision: RevisionId) -> str:
        chosen = f"{marks.selector(self.service)},{marks.REVISION}={marks.label_of(revision)}"
        found = await self.cluster.list(DEPLOYMENT, chosen)
        if not found:
            raise unprepared(revision, f"of {revision}")
        return str(found[0]["metadata"]["name"])

    @asynccontextmanager
    async def forward(self, replica: str, port: int) -> AsyncIterator[None]:
        """A port of this machine leads to one replica. Raises `AddressTaken`, `PortError`."""
        require_free(f"127.0.0.1:{port}", what="shipway port-forward")
        (pod,) = [one for one in (await self.observe()).replicas if one.id == replica]
        remote = (await self._preparations.all())[pod.revision].port
        async with self.cluster.forward(replica, remote, port):
            yield

    async def exported(self, revision: RevisionId) -> Sequence[Object]:
        """What its pods are made from, as `kubectl apply` takes it. Raises `PortError`."""
        return await ejecting.exported(self.cluster, self.service, revision)

    async def freed(self, revision: RevisionId) -> None:
        """Its pods stay, and nothing of Shipway's is left. Raises `PortError`."""
        await ejecting.freed(self.cluster, self.service, revision)

    async def forget_others(self, kept: Sequence[Revision]) -> None:
        """Their deployments go, and what those would read. Raises `PortError`."""
        await forgetting.forgotten(self.cluster, self.service, self._preparations, kept)

    def logs(self, query: LogQuery) -> AsyncIterator[Sequence[LogLine]]:
        """Output of the pods that are there; the cluster keeps no other."""
        return Output(self.cluster, self._preparations, self.service, query).told()


def require_newest(key: str, newest: int, generation: int, *, where: str) -> None:
    """Raises `StaleGeneration` for an intent that is older than one that was accepted."""
    if newest > generation:
        raise StaleGeneration(
            f"a newer intent for {key} was already accepted",
            where=where,
            why=f"It has generation {newest}, this one {generation}.",
            fix="Another controller owns the service now; nothing was changed.",
        )


def changes_all_the_time(service: str, what: str) -> PortError:
    """Somebody else always writes first."""
    return PortError(
        f"{what} changes all the time",
        where=f"service {service}",
        why=f"{TRIES_MAX} writes in a row met a newer one.",
        fix="See who writes it.",
    )


def refused(pod: str, service: str) -> Refused:
    """One that was never drained is not stopped."""
    return Refused(
        f"{pod} is not stopped",
        where=f"service {service}",
        why="It was never drained: requests may be under way to it.",
        fix="Drain it first.",
    )


def unprepared(revision: RevisionId, name: str) -> Refused:
    """There is nothing to make its pods."""
    return Refused(
        f"{revision} has no deployment",
        where=f"deployment {name}",
        why="It was never prepared, or somebody deleted it.",
        fix="Deploy it again.",
    )
