"""What the Swarm says of its mesh: where it should take requests, and for whom. Methods block: `PortError`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.adapters.platforms.docker.engine import engine, telling, unless_gone
from shipway.adapters.platforms.swarm import names, together
from shipway.adapters.platforms.swarm.seeing import state
from shipway.adapters.replicas.place import HERE, Place

UNKNOWN = ("", "0.0.0.0")
"""What a manager may say of its own address."""


@dataclass(frozen=True)
class Nodes:
    """Every node takes part in the mesh, whether it has tasks or not."""

    address: str
    """Of the engine that is asked."""
    port: int

    def places(self) -> tuple[Place, ...]:
        """Where each node that is there should take requests."""
        return tuple(sorted(Place(host, self.port) for host in self._hosts().values()))

    def _hosts(self) -> Mapping[str, str]:
        """Addresses of nodes that are there, by their ids."""
        with telling(self.address):
            found = engine(self.address).nodes()
        return {node["ID"]: _host(node) for node in found if node["Status"]["State"] == "ready"}

    def tasks(self, service: str) -> tuple[Place, ...]:
        """To whom requests are sent: each task that runs, as its HEALTHCHECK says too, at its own port."""
        asked, hosts = {"service": names.common(service), "desired-state": "running"}, self._hosts()
        with telling(self.address):
            found = unless_gone(lambda: engine(self.address).tasks(filters=asked)) or ()
        running = (task for task in found if state(task) == "running" and task.get("NodeID") in hosts)
        return tuple(Place(hosts[task["NodeID"]], together.port_of(task)) for task in running)

    def published(self, service: str) -> int | None:
        """The port of the service that has all replicas, of its mesh: 0 where it has none, none where there is no
        such service."""
        with telling(self.address):
            found = unless_gone(lambda: engine(self.address).inspect_service(names.common(service)))
        return None if found is None else port_of(found)


def port_of(service: Mapping[str, Any]) -> int:
    """That the mesh has for it; 0 for none, and before the Swarm has chosen one."""
    ports = (
        (service.get("Endpoint") or {}).get("Ports") or service["Spec"].get("EndpointSpec", {}).get("Ports") or ()
    )
    return next((int(one.get("PublishedPort", 0)) for one in ports if one.get("PublishMode") == "ingress"), 0)


def _host(node: Mapping[str, Any]) -> str:
    host = str(node["Status"].get("Addr") or "")
    return HERE if host in UNKNOWN else host
