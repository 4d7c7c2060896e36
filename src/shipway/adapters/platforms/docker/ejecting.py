"""A service's containers as a Compose file of their own, so that they can be made again without Shipway."""

from collections.abc import Mapping, Sequence
from typing import Any

from shipway.adapters.platforms._compose import plain
from shipway.adapters.platforms.docker.creating import RESTART
from shipway.adapters.replicas.container import Container
from shipway.adapters.replicas.records import ReplicaRecord


def composed(records: Sequence[ReplicaRecord]) -> dict[str, Any]:
    """Each replica as a service with the name and the address that it has now. Without what is secret."""
    contained = [(record, record.container) for record in records if record.container is not None]
    networks = {name for _, container in contained for name in (container.network, *container.networks)}
    return {
        "services": {record.id.replace(".", "-"): _service(record, container) for record, container in contained},
        "networks": {name: {"external": True} for name in sorted(networks)},
    }


def _service(record: ReplicaRecord, container: Container) -> Mapping[str, Any]:
    found: dict[str, Any] = {
        "container_name": record.id,
        "image": container.image,
        "restart": RESTART["Name"],
        "command": list(container.command),
        "entrypoint": list(container.entrypoint),
        "environment": dict(record.environment),
        "user": container.user,
        "working_dir": container.working_directory,
        "volumes": list(container.volumes),
        "labels": dict(container.labels),
        "mem_limit": container.memory,
        "cpus": container.cpus,
        "stop_signal": container.stop_signal,
        "stop_grace_period": f"{record.stop_grace:g}s",
        "init": container.init,
        "read_only": container.read_only,
    }
    own = {container.network: {"ipv4_address": record.host}}
    return {
        **plain({key: value for key, value in found.items() if value}),
        "networks": {**own, **{name: {} for name in container.networks}},
    }
