"""What Docker is asked to create for a record. Pure."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from shipway.adapters.platforms.docker import labels
from shipway.adapters.platforms.docker.handing import WRAPPED
from shipway.adapters.replicas.container import Container
from shipway.adapters.replicas.records import ReplicaRecord

if TYPE_CHECKING:
    from docker import APIClient

NANO = 10**9
RESTART = {"Name": "unless-stopped"}
"""After each end and with the engine itself; not what other hands stopped."""


class Words(Struct, frozen=True, kw_only=True):
    """What is started; none is the image's own."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    variables: Mapping[str, str] = {}
    """Beside the record's, which win."""


def wrapped(container: Container, image: Mapping[str, Any]) -> Words:
    """The program behind a shell that reads its secrets first. An entrypoint leaves out the image's command."""
    entrypoint = container.entrypoint or tuple(image.get("Entrypoint") or ())
    own = () if container.entrypoint else tuple(image.get("Cmd") or ())
    return Words(entrypoint=(*WRAPPED, *entrypoint), command=container.command or own)


def asked(
    client: "APIClient", record: ReplicaRecord, home: Path, *, words: Words, binds: Sequence[str] = ()
) -> dict[str, Any]:
    """The arguments of `create_container`. The client fills in what its API's version wants; nothing is sent."""
    container = record.container
    assert container is not None
    own = client.create_endpoint_config(ipv4_address=record.host or None)
    return {
        "image": container.image,
        "name": record.id,
        "command": list(words.command) or None,
        "entrypoint": list(words.entrypoint) or None,
        "environment": {**words.variables, **record.environment},
        "user": container.user or None,
        "working_dir": container.working_directory or None,
        "labels": {**container.labels, **labels.of(record, home)},
        "stop_signal": container.stop_signal or None,
        "host_config": _host(client, record, container, binds),
        "networking_config": client.create_networking_config({container.network: own}),
        "healthcheck": dict(container.healthcheck) if container.healthcheck else None,
        **container.create,
    }


def _host(client: "APIClient", record: ReplicaRecord, container: Container, binds: Sequence[str]) -> Any:
    from docker.types import Ulimit

    files = container.open_files
    further = dict(container.host)
    limits = [Ulimit(**limit) for limit in further.pop("ulimits", ())]  # type: ignore[attr-defined]
    limits += [Ulimit(name="nofile", soft=files, hard=files)] if files else []
    return client.create_host_config(
        restart_policy=RESTART if record.generation else None,
        binds=[*container.volumes, *binds] or None,
        mem_limit=container.memory,
        nano_cpus=round(container.cpus * NANO) if container.cpus else None,
        ulimits=limits or None,
        init=container.init or None,
        read_only=container.read_only or None,
        **further,
    )
