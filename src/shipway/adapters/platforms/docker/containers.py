"""Containers of one home: made, looked at, ended. Every method here blocks, and raises `PortError`."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from shipway.adapters.platforms.docker import creating, labels, seeing
from shipway.adapters.platforms.docker.engine import engine, telling, unless_gone
from shipway.adapters.platforms.docker.handing import SHELL, Given, given
from shipway.adapters.platforms.docker.network import ensured
from shipway.adapters.platforms.docker.surroundings import completed
from shipway.adapters.replicas.container import Container
from shipway.adapters.replicas.looking import START_SECONDS
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.adapters.supervisor import Process
from shipway.errors import PortError

if TYPE_CHECKING:
    from docker import APIClient

NEWS_SECONDS = 600
"""For so long it is asked how a container ended before it was started again; Docker forgets it some time."""
CONFLICT = 409


@dataclass(frozen=True)
class Containers:
    """Of one engine."""

    address: str
    home: Path

    @property
    def _client(self) -> "APIClient":
        return engine(self.address)

    def seen(self, service: str | None = None) -> Mapping[str, dict[str, Any]]:
        """What Docker knows of each, by the replica that it is. One that goes meanwhile is left out.

        Of several that say they are the same one, it is the one of that name; others are nobody's.
        """
        with telling(self.address):
            filters = {"label": labels.ours(self.home, service)}
            listed = self._client.containers(all=True, filters=filters)
            found = [one for one in (self._inspected(one["Id"]) for one in listed) if one is not None]
        named = {one["Name"].removeprefix("/"): one for one in found}
        return {
            name if (replica := labels.replica_of(one)) in named else replica: one for name, one in named.items()
        }

    def process(self, inspected: dict[str, Any], records: Records) -> Process:
        """As a kept program."""
        carried = records.carried(labels.replica_of(inspected))
        has_restarted = inspected["RestartCount"] + carried > 0
        last = self._last_exit(inspected["Id"]) if has_restarted and inspected["State"]["Pid"] else None
        return seeing.process(inspected, restarts=carried, last_exit=last)

    def kept(self, inspected: dict[str, Any], records: Records, record: ReplicaRecord | None) -> Process:
        """That, beside what was asked for. One that other hands changed is stale: another takes its place."""
        found = self.process(inspected, records)
        if record is None or record.container is None:
            return found
        if found.state == "STOPPED" and self._is_restarting(records, record):
            return replace(found, state="BACKOFF", detail="being started again")
        changed = seeing.changed(inspected, record)
        return replace(found, changed=changed, orphan=bool(changed) and found.is_running)

    def _is_restarting(self, records: Records, record: ReplicaRecord) -> bool:
        """Whether it stands still because we end it to start it again, which nobody else's hand is."""
        ending = records.ending(record.id)
        return ending is not None and time.time() - ending.at < record.stop_grace + START_SECONDS

    def _last_exit(self, name: str) -> int | None:
        now = time.time()
        filters = {"container": name, "event": "die"}
        with telling(self.address):
            events = self._client.events(
                since=f"{now - NEWS_SECONDS:.3f}", until=f"{now:.3f}", filters=filters, decode=True
            )
            codes = [event["Actor"]["Attributes"].get("exitCode", "") for event in events]
        return int(codes[-1]) if codes and codes[-1].isdigit() else None

    def create(self, record: ReplicaRecord) -> None:
        """Have the container and let it run; one that is there already is started where it stands still."""
        container = record.container
        assert container is not None
        ensured(self._client, self.home)
        found = self._inspected(self._id(record.id))
        if found is not None:
            self._check_ours(record.id, found)
        completed(self._client, container, self.home)
        joined = found["NetworkSettings"]["Networks"] if found else {}
        with telling(self.address, f"to create {record.id}"):
            if found is None:
                self._make(record, container)
            id = found["Id"] if found else record.id
            for network in (name for name in container.networks if name not in joined):
                self._client.connect_container_to_network(id, network)
        with telling(self.address, f"to start {record.id}"):
            self._client.start(id)

    def _make(self, record: ReplicaRecord, container: Container) -> None:
        """Its secrets come through the image's shell; where it has none, they are variables that Docker shows."""
        handed = given(record, container, self.home)
        plain = creating.Words(entrypoint=container.entrypoint, command=container.command)
        if not handed.variables:
            self._ask(record, plain, handed)
            return
        image = self._client.inspect_image(container.image)["Config"]
        self._ask(record, creating.wrapped(container, image), handed)
        if not self._has(record.id, SHELL):
            self._client.remove_container(record.id)
            self._ask(record, replace(plain, variables=handed.variables), handed)

    def _ask(self, record: ReplicaRecord, words: creating.Words, handed: Given) -> None:
        told = creating.asked(self._client, record, self.home, words=words, binds=handed.binds)
        self._client.create_container(**told)

    def _has(self, container: str, path: str) -> bool:
        """Whether a file is in it, whether or not it runs."""
        return unless_gone(lambda: self._client.get_archive(container, path)) is not None

    def _id(self, replica: str) -> str:
        """Of its container, whatever it is called by now."""
        filters = {"label": [*labels.ours(self.home), f"{labels.REPLICA}={replica}"]}
        with telling(self.address):
            listed = self._client.containers(all=True, filters=filters)
        named = next((one for one in listed if f"/{replica}" in one["Names"]), None)
        found = named or next(iter(listed), None)
        return str(found["Id"]) if found else replica

    def _inspected(self, name: str) -> dict[str, Any] | None:
        with telling(self.address):
            found: dict[str, Any] | None = unless_gone(lambda: self._client.inspect_container(name))
        return found

    def _check_ours(self, name: str, found: dict[str, Any]) -> None:
        whose = (found["Config"].get("Labels") or {}).get(labels.HOME)
        if whose == str(self.home):
            return
        raise PortError(
            f"another container is called {name}",
            where=self.address,
            why=f"It belongs to {whose}." if whose else "Shipway did not make it.",
            fix="Rename the service in one of both release files, or remove that container.",
        )

    def end(self, name: str, *, grace: float) -> None:
        """Stop it with its grace period, and remove it. Blocks for so long."""
        id = self._id(name)
        with telling(self.address, f"to stop {name}"):
            unless_gone(lambda: self._client.stop(id, timeout=math.ceil(grace)))
            self.remove(id)

    def remove(self, name: str) -> None:
        """Forget one that has ended, with the volumes that have no name."""
        from docker.errors import APIError

        try:
            unless_gone(lambda: self._client.remove_container(name, v=True))
        except APIError as error:
            # Being removed by others just now.
            if error.status_code != CONFLICT:
                raise

    def restart(self, record: ReplicaRecord, records: Records) -> None:
        """Docker counts anew after this, so what it has counted is kept."""
        found = self._inspected(self._id(record.id))
        if found is None:
            return
        records.carry(record.id, records.carried(record.id) + int(found["RestartCount"]) + 1)
        with telling(self.address, f"to restart {record.id}"):
            unless_gone(lambda: self._client.restart(found["Id"], timeout=math.ceil(record.stop_grace)))


def engines(records: Sequence[ReplicaRecord]) -> frozenset[str]:
    """Where the replicas' engines answer."""
    return frozenset(record.container.engine for record in records if record.container is not None)
