"""The platform port over a cluster: a deployment for each revision, and everything is kept in the cluster.

An intent is one write of the revision's deployment, which carries what it replaces by its resource version and the
intent's generation: a controller that lost its service meets a newer one, and changes nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from shipway.adapters.platforms.kubernetes import deriving, marks, pods, told
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
        self._usages = Usages(self.cluster, self.service)
        self.resources = PodResources(
            lambda: (self._usages.at, self._usages.found), self.clock, usages=self._usages
        )

    async def observe(self) -> Fleet:
        """All replicas as they are now."""
        chosen = marks.selector(self.service)
        deployments, found, prepared = await asyncio.gather(
            self.cluster.list(DEPLOYMENT, chosen), self.cluster.list(POD, chosen), self._preparations.all()
        )
        look = Look(deployments, found, prepared)
        puzzling = look.unready()[:EVENTS_OF_PODS_MAX]
        events = await asyncio.gather(*(self.cluster.events_of(pod["metadata"]["uid"]) for pod in puzzling))
        now = self.clock.now()
        await self._usages.look(look.pods, look.ids, now)
        fleet = look.fleet(now, dict(zip(map(pods.name, puzzling), events, strict=True)))
        return structs.replace(fleet, usage=dict(self._usages.found))

    async def prepare(self, revision: Revision, *, generation: int) -> None:
        """Have its ConfigMaps and its deployment there, with no pod yet; what the API server refuses is told."""
        wanted = Prepared(
            revision=revision.id,
            generation=generation,
            state=Preparation.RUNNING,
            begun_at=self.clock.now(),
            port=options_of(revision).port,
        )
        if not await self._preparations.begun(revision.id, wanted):
            return
        try:
            deployment = await made(self.cluster, revision, self.key)
        except PortError as error:
            if not error.needs_person:
                await self._preparations.ended(revision.id, generation, state=Preparation.PENDING)
                raise
            said = {"state": Preparation.FAILED, "detail": f"{error.what}: {error.why}"}
        else:
            said = {"state": Preparation.DONE, "template": template_hash(deployment)}
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
                raise _refused(undrained[0], self.service)
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
                raise _unprepared(revision, name)
            _fenced(deployment, f"capacity:{revision}", generation)
            there = await self._pods_of(revision)
            changed = change(deployment, there)
            if first is not None:
                await first(there)
            try:
                if await self.cluster.replace(DEPLOYMENT, changed) is not None:
                    return
            except Conflict:
                continue
        raise PortError(
            f"deployment {name} changes all the time",
            where=f"service {self.service}",
            why=f"{TRIES_MAX} writes in a row met a newer one.",
            fix="See who writes it.",
        )

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
            raise _unprepared(revision, f"of {revision}")
        return str(found[0]["metadata"]["name"])

    @asynccontextmanager
    async def forward(self, replica: str, port: int) -> AsyncIterator[None]:
        """A port of this machine leads to one replica. Raises `AddressTaken`, `PortError`."""
        require_free(f"127.0.0.1:{port}", what="shipway port-forward")
        (pod,) = [one for one in (await self.observe()).replicas if one.id == replica]
        remote = (await self._preparations.all())[pod.revision].port
        async with self.cluster.forward(replica, remote, port):
            yield

    def logs(self, query: LogQuery) -> AsyncIterator[Sequence[LogLine]]:
        """Output of the pods that are there; the cluster keeps no other."""
        return Output(self.cluster, self._preparations, self.service, query).told()


def _fenced(deployment: Object, key: str, generation: int) -> None:
    newest = told.generation(deployment)
    if newest > generation:
        raise StaleGeneration(
            f"a newer intent for {key} was already accepted",
            where=f"deployment {deployment['metadata']['name']}",
            why=f"It has generation {newest}, this one {generation}.",
            fix="Another controller owns the service now; nothing was changed.",
        )


def _refused(pod: str, service: str) -> Refused:
    return Refused(
        f"{pod} is not stopped",
        where=f"service {service}",
        why="It was never drained: requests may be under way to it.",
        fix="Drain it first.",
    )


def _unprepared(revision: RevisionId, name: str) -> Refused:
    return Refused(
        f"{revision} has no deployment",
        where=f"deployment {name}",
        why="It was never prepared, or somebody deleted it.",
        fix="Deploy it again.",
    )
