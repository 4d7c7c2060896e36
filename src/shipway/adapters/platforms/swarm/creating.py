"""What the Swarm is asked to create for a record. Pure.

https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Service/operation/ServiceCreate
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from shipway.adapters.platforms.docker import labels
from shipway.adapters.replicas.container import Container, Given, InSwarm
from shipway.adapters.replicas.records import ReplicaRecord

NANO = 10**9
PROPAGATIONS = ("private", "rprivate", "shared", "rshared", "slave", "rslave")
RESTART = {"Condition": "any", "Delay": NANO}
"""After each end, a second later; a Swarm does not wait longer with each time."""


def asked(record: ReplicaRecord, home: Path) -> dict[str, Any]:
    """The service's whole specification. What is empty is left out, and so is as it is by default."""
    container = record.container
    assert container is not None and container.swarm is not None
    return {
        "Name": record.id,
        "Labels": {**container.swarm.service_labels, **labels.of(record, home)},
        "TaskTemplate": _task(record, container, container.swarm, home),
        "Mode": {"Replicated": {"Replicas": 1}},
        "EndpointSpec": {
            "Mode": "dnsrr",
            "Ports": [_port(record, container.swarm)] if container.swarm.port else [],
        },
    }


def _port(record: ReplicaRecord, swarm: InSwarm) -> dict[str, Any]:
    """On the task's own node: the mesh over all nodes would choose a replica itself."""
    return {
        "Protocol": "tcp",
        "TargetPort": swarm.port,
        "PublishedPort": record.port,
        "PublishMode": "host",
    }


def _task(record: ReplicaRecord, container: Container, swarm: InSwarm, home: Path) -> dict[str, Any]:
    own = _told(
        ContainerSpec=_container(record, container, swarm, home),
        Resources=_resources(container, swarm),
        RestartPolicy=RESTART,
        Placement=_told(Constraints=list(swarm.constraints)),
        Networks=[{"Target": name} for name in container.networks],
    )
    return _joined(own, swarm.task_template)


def _joined(own: Mapping[str, Any], further: Mapping[str, Any]) -> dict[str, Any]:
    """Both; lists one behind the other, and of one name what is further."""
    found = dict(own)
    for key, value in further.items():
        there = found.get(key)
        if isinstance(there, Mapping) and isinstance(value, Mapping):
            found[key] = _joined(there, value)
        else:
            found[key] = [*there, *value] if isinstance(there, list) and isinstance(value, list) else value
    return found


def _container(record: ReplicaRecord, container: Container, swarm: InSwarm, home: Path) -> dict[str, Any]:
    files = container.open_files
    own = _told(
        Image=container.image,
        Command=list(container.entrypoint),
        Args=list(container.command),
        Env=[f"{name}={value}" for name, value in record.environment.items()],
        Dir=container.working_directory,
        User=container.user,
        Labels={**container.labels, **labels.of(record, home)},
        Mounts=[mount(volume, swarm.volume_options) for volume in container.volumes],
        StopSignal=container.stop_signal,
        StopGracePeriod=round(record.stop_grace * NANO),
        Init=container.init,
        ReadOnly=container.read_only,
        Ulimits=[{"Name": "nofile", "Soft": files, "Hard": files}] if files else [],
        Secrets=_files("Secret", swarm.secrets),
        Configs=_files("Config", swarm.configs),
    )
    return _joined(own, swarm.container_spec)


def _resources(container: Container, swarm: InSwarm) -> dict[str, Any]:
    return _told(
        Limits=_told(MemoryBytes=container.memory, NanoCPUs=_nano(container.cpus)),
        Reservations=_told(MemoryBytes=swarm.memory_reserved, NanoCPUs=_nano(swarm.cpus_reserved)),
    )


def _nano(cpus: float | None) -> int | None:
    return round(cpus * NANO) if cpus else None


def _files(kind: str, given: Iterable[Given]) -> list[dict[str, Any]]:
    return [
        {
            f"{kind}ID": one.id,
            f"{kind}Name": one.name,
            "File": {"Name": one.target, "UID": one.uid, "GID": one.gid, "Mode": one.mode},
        }
        for one in given
    ]


def mount(volume: str, options: Mapping[str, Mapping[str, Any]] = {}) -> dict[str, Any]:
    """`SOURCE:TARGET[:MODES]`; a path has to be there on each node that the replica may come to."""
    source, _, rest = volume.partition(":")
    target, _, said = rest.partition(":")
    modes, is_path = said.split(","), source.startswith("/")
    propagation = next((mode for mode in modes if mode in PROPAGATIONS), None)
    how = {} if is_path else {**options.get(source, {}), **({"NoCopy": True} if "nocopy" in modes else {})}
    return _told(
        Type="bind" if is_path else "volume",
        Source=source,
        Target=target,
        ReadOnly="ro" in modes,
        BindOptions={"Propagation": propagation} if is_path and propagation else None,
        VolumeOptions=how,
    )


def restarted(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same, so that its task is made anew."""
    task = spec["TaskTemplate"]
    return {**spec, "TaskTemplate": {**task, "ForceUpdate": task.get("ForceUpdate", 0) + 1}}


def _told(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def changed(wanted: Mapping[str, Any], seen: Mapping[str, Any]) -> str:
    """What other hands changed of a service, in a few words; empty where nothing differs."""
    replicas = seen["Mode"].get("Replicated", {}).get("Replicas", 0)
    if replicas != wanted["Mode"]["Replicated"]["Replicas"]:
        return f"it was scaled to {replicas}"
    task, its = wanted["TaskTemplate"], seen["TaskTemplate"]
    container, contained = task["ContainerSpec"], its["ContainerSpec"]
    if contained.get("Image") != container["Image"]:
        return f"its image is {contained.get('Image')}"
    pairs = (
        (container, contained, dict.fromkeys((*CONTAINER, *container))),
        (task, its, ("Resources", "RestartPolicy", "LogDriver")),
        (task.get("Placement", {}), its.get("Placement", {}), ("Constraints", "Preferences", "MaxReplicas")),
        (wanted["EndpointSpec"], seen.get("EndpointSpec", {}), ("Ports",)),
    )
    for asked_for, found, keys in pairs:
        for key in keys:
            if not _agree(asked_for.get(key), found.get(key)):
                return f"its {key} is another one"
    return ""


CONTAINER = (
    "Args", "Command", "Env", "Dir", "User", "Labels", "Mounts", "StopSignal", "StopGracePeriod", "Init",
    "ReadOnly", "Ulimits", "Secrets", "Configs",
)  # fmt: skip


def _agree(asked_for: Any, found: Any) -> bool:
    """What the Swarm fills in by itself where nothing was said does not matter."""
    if isinstance(asked_for, Mapping) and isinstance(found, Mapping):
        return all(_agree(value, found.get(key)) for key, value in asked_for.items())
    if isinstance(asked_for, list) and isinstance(found, list) and len(asked_for) == len(found):
        return all(_agree(one, other) for one, other in zip(asked_for, found, strict=True))
    return asked_for == found or not (asked_for or found)
