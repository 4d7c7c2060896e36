"""Tasks of a service that the Swarm updates itself, as replicas: each is one for as long as it runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import time
from typing import Any

from msgspec import structs

from shipway.adapters.platforms.docker.seeing import seconds
from shipway.adapters.platforms.swarm import creating, seeing, together
from shipway.adapters.platforms.swarm.patterns import Patterns
from shipway.adapters.platforms.swarm.seeing import Seen
from shipway.adapters.platforms.swarm.services import Services
from shipway.adapters.platforms.swarm.together import TaskSeen
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.adapters.supervisor import Process

NO_PORT = "its node has published no port yet"


@dataclass(frozen=True)
class Tasks:
    """Of one service of Shipway's. Every method here blocks."""

    services: Services
    records: Records
    patterns: Patterns

    def followed(self, seen: Seen | None, records: Mapping[str, ReplicaRecord]) -> dict[str, Process]:
        """Write down what the Swarm decided: which tasks are there, and which ones it ends. As kept programs."""
        live = {together.name_of(seen, task): task for task in together.live(seen)} if seen else {}
        drained = _drained(one for name, one in records.items() if is_task(one) and name not in live)
        new = {name: self._record(seen, name, task, records.get(name)) for name, task in live.items() if seen}
        new = {name: one and _going_on(one, drained) for name, one in new.items()}
        kept = {name: record for name, record in new.items() if record is not None}
        gone = [name for name, record in records.items() if is_task(record) and name not in live]
        changes = [record for name, record in kept.items() if record != records.get(name)]
        if changes or gone:
            with self.records.alone():
                for record in changes:
                    self.records.keep(record)
                for name in gone:
                    self.records.forget(name)
        self._end_empty(seen)
        self._note_there(seen)
        changed = "" if self.is_scaled(seen) else self.changed(seen)
        return {name: self._process(seen, name, task, changed) for name, task in live.items() if seen}

    def _note_there(self, seen: Seen | None) -> None:
        """It was made: if it is away from now on, somebody removed it."""
        asked = self.patterns.asked()
        if seen is not None and asked is not None and asked.before is None:
            with self.records.alone():
                self.patterns.keep_asked(structs.replace(asked, before=asked.spec))

    def _end_empty(self, seen: Seen | None) -> None:
        """One that was asked to have no tasks any more goes once the last is over, unless more are asked for."""
        if seen is None or together.live(seen):
            return
        with self.records.alone():
            asked = self.patterns.asked()
            if asked is not None and not asked.replicas:
                self.services.remove(seen.name)
                self.patterns.forget_asked()

    def changed(self, seen: Seen | None) -> str:
        """What other hands did to the service, in a few words."""
        asked = self.patterns.asked()
        if asked is None:
            return ""
        if seen is None:
            return "it was removed" if asked.before else ""
        if together.was_rolled_back(seen):
            return "it was rolled back"
        spec = seen.service["Spec"]
        is_late = asked.before is not None and together.is_same(asked.before, spec)
        return "" if is_late else creating.changed(asked.spec, spec)

    def is_scaled(self, seen: Seen | None) -> bool:
        """Whether other hands changed how many tasks there are, and nothing else, while one revision has all.

        Amid an update the Swarm gives new tasks the code of the last batch: then it is no number alone.
        """
        asked = self.patterns.asked()
        if asked is None or seen is None or not self.changed(seen) or together.was_rolled_back(seen):
            return False
        revisions = {together.revision_of(task) for task in together.live(seen) if together.stays(task)}
        is_one = revisions <= {asked.revision}
        return is_one and together.is_scaled(asked.spec, seen.service["Spec"])

    def _record(self, seen: Seen, name: str, task: TaskSeen, before: ReplicaRecord | None) -> ReplicaRecord | None:
        """None of a revision that nobody here asked for."""
        pattern = before or self.patterns.of(together.revision_of(task))
        if pattern is None or pattern.container is None or pattern.container.swarm is None:
            return None
        swarm = structs.replace(pattern.container.swarm, task=task["ID"])
        now = time()
        ending = {} if together.stays(task) else {"draining_since": now, "stopping_since": now}
        if before is not None and before.stopping_since is not None:
            ending = {}
        return structs.replace(
            pattern,
            id=name,
            port=together.port_of(task) or pattern.port,
            host=self.services.host(Seen(service=seen.service, tasks=(task,))) or pattern.host,
            created_at=before.created_at if before else seconds(task["CreatedAt"]),
            container=structs.replace(pattern.container, swarm=swarm),
            **ending,
        )

    def _process(self, seen: Seen, name: str, task: TaskSeen, changed: str) -> Process:
        before = together.before(seen, task)
        alone = Seen(service=seen.service, tasks=(*before, task))
        found = seeing.process(
            alone,
            restarts=len(before),
            is_here=self.services.is_here(alone),
            changed=changed if together.stays(task) else "",
            name=name,
        )
        takes_requests = any(spec.get("TargetPort") for spec in _ports(seen))
        has_address = together.port_of(task) or not (found.is_running and takes_requests)
        return found if has_address else structs.replace(found, pid=None, state="STARTING", detail=NO_PORT)


def _ports(seen: Seen) -> Sequence[Mapping[str, Any]]:
    return seen.service["Spec"].get("EndpointSpec", {}).get("Ports") or ()


def _drained(ended: Iterable[ReplicaRecord]) -> Mapping[tuple[str, str], float]:
    """Since when, by revision and place: those that were told to drain and then ended by themselves."""
    return {
        (one.revision, together.place_of(one.id)): one.draining_since
        for one in ended
        if one.draining_since is not None and one.stopping_since is None
    }


def _going_on(record: ReplicaRecord, drained: Mapping[tuple[str, str], float]) -> ReplicaRecord:
    """What the Swarm starts again in a place that drains is drained too, or one that never runs would never be."""
    since = drained.get((record.revision, together.place_of(record.id)))
    if since is None or record.draining_since is not None:
        return record
    return structs.replace(record, draining_since=since)


def is_task(record: ReplicaRecord) -> bool:
    """Whether it is one of many of its service."""
    return bool(record.container and record.container.swarm and record.container.swarm.task)
