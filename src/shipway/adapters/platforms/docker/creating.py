"""What Docker is asked to create for a record. Pure."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from shipway.adapters.platforms.docker import labels
from shipway.adapters.replicas.container import Container
from shipway.adapters.replicas.records import ReplicaRecord

if TYPE_CHECKING:
    from docker import APIClient

NANO = 10**9
RESTART = {"Name": "unless-stopped"}
"""After each end and with the engine itself; not what other hands stopped."""


def asked(client: "APIClient", record: ReplicaRecord, container: Container, home: Path) -> dict[str, Any]:
    """The arguments of `create_container`. The client fills in what its API's version wants; nothing is sent."""
    own = client.create_endpoint_config(ipv4_address=record.host)
    return {
        "image": container.image,
        "name": record.id,
        "command": list(container.command) or None,
        "entrypoint": list(container.entrypoint) or None,
        "environment": dict(record.environment),
        "user": container.user or None,
        "working_dir": container.working_directory or None,
        "labels": {**container.labels, **labels.of(record, home)},
        "stop_signal": container.stop_signal or None,
        "host_config": _host(client, container),
        "networking_config": client.create_networking_config({container.network: own}),
    }


def _host(client: "APIClient", container: Container) -> Any:
    from docker.types import Ulimit

    files = container.open_files
    return client.create_host_config(
        restart_policy=RESTART,
        binds=list(container.volumes) or None,
        mem_limit=container.memory,
        nano_cpus=round(container.cpus * NANO) if container.cpus else None,
        ulimits=[Ulimit(name="nofile", soft=files, hard=files)] if files else None,
        init=container.init or None,
        read_only=container.read_only or None,
    )
