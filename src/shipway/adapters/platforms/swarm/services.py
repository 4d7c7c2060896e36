"""Services of one home in a Swarm: made, looked at, ended. Every method here blocks, and raises `PortError`.

A change names the version that it was decided on: the Swarm refuses it where somebody changed the service since.
"""

import time
from base64 import b64decode
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shipway.adapters.platforms.docker import labels
from shipway.adapters.platforms.docker.engine import engine, telling, unless_gone
from shipway.adapters.platforms.docker.surroundings import completed
from shipway.adapters.platforms.swarm import asking, creating, runs, seeing
from shipway.adapters.platforms.swarm.options import Content
from shipway.adapters.platforms.swarm.seeing import Seen
from shipway.adapters.replicas.container import Given
from shipway.adapters.replicas.place import HERE
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.adapters.supervisor import Process

if TYPE_CHECKING:
    from docker import APIClient
    from docker.errors import APIError

TRIES = 5
END_MARGIN_SECONDS = 30.0
"""Beyond its grace period; a node that is away never says that a task has ended."""
LOOK_SECONDS = 0.2
CONFLICT, BEHIND, IN_USE = 409, "update out of sequence", "is in use"
Spec = Mapping[str, Any]


@dataclass
class Services:
    """As one manager of the Swarm tells of them."""

    address: str
    home: Path
    _addresses: dict[str, str] = field(default_factory=dict)
    """Of nodes, by their ids."""
    _node: str = ""
    """The id of the node that is asked."""

    @property
    def _client(self) -> "APIClient":
        return engine(self.address)

    def here(self) -> str:
        """This manager's address, at which the others reach it."""
        with telling(self.address):
            told = self._client.info()["Swarm"]
        self._node = str(told.get("NodeID", ""))
        return str(told.get("NodeAddr") or HERE)

    def is_here(self, seen: Seen) -> bool:
        """Whether it runs on the node that is asked."""
        if not self._node:
            self.here()
        return seen.node == self._node

    def seen(self, service: str | None = None) -> Mapping[str, Seen]:
        """What the Swarm knows of each, by name."""
        with telling(self.address):
            listed = self._client.services(filters={"label": labels.ours(self.home, service)})
            tasks = self._client.tasks(filters={"label": labels.ours(self.home, service)})
        by_service: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for task in sorted(tasks, key=lambda task: str(task["CreatedAt"])):
            by_service[task["ServiceID"]].append(task)
        found = (Seen(service=one, tasks=tuple(by_service[one["ID"]])) for one in listed)
        return {one.name: one for one in found}

    def process(self, seen: Seen, records: Records, record: ReplicaRecord | None) -> Process:
        """As a kept program."""
        counted = runs.restarts(seen.name, [task["ID"] for task in seen.tasks], records)
        wanted = creating.asked(record, self.home) if record else None
        return seeing.process(
            seen,
            restarts=counted,
            is_here=self.is_here(seen),
            changed=creating.changed(wanted, seen.service["Spec"]) if wanted else "",
        )

    def host(self, seen: Seen) -> str:
        """Where its node answers; empty while it has none."""
        if seen.node and seen.node not in self._addresses:
            with telling(self.address):
                nodes = self._client.nodes()
            self._addresses = {node["ID"]: node["Status"].get("Addr") or HERE for node in nodes}
        return self._addresses.get(seen.node, "")

    def create(self, record: ReplicaRecord) -> None:
        """Have the service as the record says; one that other hands changed is put back."""
        wanted = creating.asked(record, self.home)
        self.complete(record)

        def decide(found: Spec | None) -> Spec | None:
            return wanted if found is None or creating.changed(wanted, found) else None

        self.change(record.id, decide)

    def complete(self, record: ReplicaRecord) -> None:
        """Have the networks that it joins."""
        if record.container is not None:
            completed(self._client, record.container, self.home)

    def end(self, name: str, *, grace: float) -> None:
        """Let it have no task, wait until the last one is over, and remove it."""
        deadline = time.monotonic() + grace + END_MARGIN_SECONDS
        self.change(name, lambda found: found and {**found, "Mode": {"Replicated": {"Replicas": 0}}})
        while self._is_running(name) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        self.remove(name)

    def remove(self, name: str) -> None:
        """Its tasks end with it, and are seen no more."""
        with telling(self.address, f"to remove {name}"):
            unless_gone(lambda: self._client.remove_service(name))

    def _is_running(self, name: str) -> bool:
        with telling(self.address):
            tasks = unless_gone(lambda: self._client.tasks(filters={"service": name})) or ()
        return any(seeing.state(task) not in seeing.ENDED for task in tasks)

    def restart(self, record: ReplicaRecord) -> None:
        """The Swarm ends its task, with its grace period, and makes another one."""
        self.change(record.id, lambda found: found and creating.restarted(found))

    def change(self, name: str, decide: Callable[[Spec | None], Spec | None]) -> None:
        """What is decided on the specification that is there; decided anew where somebody else was quicker."""
        for attempt in range(TRIES):
            found = self._inspected(name)
            if found is not None:
                asking.check_ours(self.address, name, found["Spec"].get("Labels") or {}, self.home)
            wanted = decide(found["Spec"] if found else None)
            if wanted is None:
                return
            with telling(self.address, f"to change {name}"):
                if self._put(wanted, found, is_last=attempt == TRIES - 1):
                    return

    def _put(self, wanted: Spec, found: dict[str, Any] | None, *, is_last: bool) -> bool:
        """Whether nobody else was quicker."""
        from docker.errors import APIError

        parts = {
            "task_template": wanted["TaskTemplate"],
            "name": wanted["Name"],
            "labels": wanted["Labels"],
            "mode": wanted["Mode"],
            "endpoint_spec": wanted["EndpointSpec"],
            "update_config": wanted.get("UpdateConfig"),
        }
        try:
            if found is None:
                self._client.create_service(**parts)
            else:
                self._client.update_service(found["ID"], version=found["Version"]["Index"], **parts)
        except APIError as error:
            if is_last or not _is_late(error):
                raise
            return False
        return True

    def _inspected(self, name: str) -> dict[str, Any] | None:
        with telling(self.address):
            found: dict[str, Any] | None = unless_gone(lambda: self._client.inspect_service(name))
        return found

    def config(self, content: Content, *, service: str, target: str) -> Given:
        """Have it. One that is called so has the same content, as its name says."""
        from docker.errors import APIError

        with telling(self.address, f"to keep {target}"):
            try:
                data, whose = b64decode(content.data), {labels.SERVICE: service}
                id = self._client.create_config(content.name, data, labels=whose)["ID"]
            except APIError as error:
                if error.status_code != CONFLICT:
                    raise
                id = self._client.inspect_config(content.name)["ID"]
        return Given(id, content.name, target, uid=content.uid, gid=content.gid, mode=content.mode)

    def forget_configs(self, service: str, kept: Collection[str]) -> None:
        """Remove those of the service that are not called so; what a service of the Swarm has stays."""
        from docker.errors import APIError

        with telling(self.address, "to remove configurations"):
            for one in self._client.configs(filters={"label": f"{labels.SERVICE}={service}"}):
                if one["Spec"]["Name"] in kept:
                    continue
                try:
                    unless_gone(partial(self._client.remove_config, one["ID"]))
                except APIError as error:
                    if IN_USE not in str(error.explanation):
                        raise


def _is_late(error: "APIError") -> bool:
    return error.status_code == CONFLICT or BEHIND in str(error.explanation)
