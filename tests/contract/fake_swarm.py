"""A Swarm's manager as its Engine API shows it, for what a machine without IPVS cannot have: a mesh that works.

Strict: it knows the calls and the filters below, and refuses every other one. Its answers have the shape of those
of a real one (dockerd 20.10). The mesh itself is a socket that a test opens, or does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from docker.errors import NotFound


@dataclass
class FakeSwarm:
    """In place of `docker.APIClient`."""

    hosts: list[str] = field(default_factory=lambda: ["127.0.0.1"])
    """Of nodes that are ready."""
    down: list[str] = field(default_factory=list)
    there: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Services by name."""
    running: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Tasks of a service."""
    images: dict[str, dict[str, Any]] = field(default_factory=dict)

    def have(
        self, name: str, *, published: int | None, at: int = 1, states: tuple[str, ...] = ("running",)
    ) -> None:
        """A service whose tasks have the port `at` of the first node, and `published` of the mesh."""
        own = {"Protocol": "tcp", "TargetPort": 8000, "PublishMode": "host"}
        mesh = {**own, "PublishMode": "ingress", "PublishedPort": published}
        ports = [own] if published is None else [mesh, own]
        spec = {"Name": name, "Labels": {}, "EndpointSpec": {"Mode": "vip", "Ports": ports}}
        self.there[name] = {"ID": f"id-{name}", "Spec": spec, "Endpoint": {"Ports": ports}}
        port = {"PortStatus": {"Ports": [{**own, "PublishedPort": at}]}}
        self.running[name] = [{"NodeID": "n-127.0.0.1", "Status": {"State": one, **port}} for one in states]

    def nodes(self) -> list[dict[str, Any]]:
        told = [(host, "ready") for host in self.hosts] + [(host, "down") for host in self.down]
        return [{"ID": f"n-{host}", "Status": {"State": state, "Addr": host}} for host, state in told]

    def services(self) -> list[dict[str, Any]]:
        return list(self.there.values())

    def inspect_service(self, name: str) -> dict[str, Any]:
        if name not in self.there:
            raise NotFound(f"service {name} not found")
        return self.there[name]

    def tasks(self, filters: Mapping[str, str]) -> list[dict[str, Any]]:
        assert filters.keys() == {"service", "desired-state"} and filters["desired-state"] == "running", filters
        self.inspect_service(filters["service"])
        return self.running[filters["service"]]

    def inspect_image(self, name: str) -> dict[str, Any]:
        if name not in self.images:
            raise NotFound(f"no such image: {name}")
        return self.images[name]
