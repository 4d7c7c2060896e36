"""A service's replicas as a stack file of their own, so that they can be made again without Shipway."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shipway.adapters.platforms._compose import plain
from shipway.adapters.platforms.swarm.names import common
from shipway.adapters.platforms.swarm.stacking import container_words, deploy_words, mounts, task_words
from shipway.adapters.platforms.swarm.tasks import is_task
from shipway.adapters.replicas.container import READABLE, Container, Given
from shipway.adapters.replicas.records import ReplicaRecord

VERSION = "3.8"


def composed(records: Sequence[ReplicaRecord], *, published: int = 0) -> dict[str, Any]:
    """Each replica as a service with the port that it has now, or one service of all tasks; with its port of the
    routing mesh, where that carries requests."""
    kept = {common(r.service) if is_task(r) else r.id: r for r in records if r.container is not None}
    counts = Counter(common(r.service) if is_task(r) else r.id for r in records)
    containers = [record.container for record in kept.values() if record.container is not None]
    networks = {name for container in containers for name in container.networks}
    volumes = {volume.partition(":")[0] for one in containers for volume in one.volumes if volume[0] != "/"}
    told = {
        "version": VERSION,
        "services": {name: _service(record, counts[name], published) for name, record in kept.items()},
        "networks": _external(networks),
        "volumes": _external(volumes),
        "secrets": _external(one.name for each in containers if each.swarm for one in each.swarm.secrets),
        "configs": _external(one.name for each in containers if each.swarm for one in each.swarm.configs),
    }
    made: dict[str, Any] = plain(_said(told))
    return made


def _external(names: Iterable[str]) -> Mapping[str, Any]:
    """They are there, and stay."""
    return {name: {"external": True} for name in sorted(set(names))}


def _service(record: ReplicaRecord, replicas: int, published: int) -> Mapping[str, Any]:
    container = record.container
    assert container is not None and container.swarm is not None
    swarm = container.swarm
    port = {"target": swarm.port, "mode": "host", **({} if is_task(record) else {"published": record.port})}
    mesh = [{"target": swarm.port, "published": published, "mode": "ingress"}] if published else []
    found: dict[str, Any] = {
        "image": container.image,
        "command": list(container.command),
        "entrypoint": list(container.entrypoint),
        "environment": dict(record.environment),
        "user": container.user,
        "working_dir": container.working_directory,
        "volumes": [*container.volumes, *mounts(swarm.container_spec)],
        "networks": list(container.networks),
        "ports": [*mesh, port] if swarm.port else [],
        "labels": dict(container.labels),
        "secrets": [_given(one) for one in swarm.secrets],
        "configs": [_given(one) for one in swarm.configs],
        "stop_signal": container.stop_signal,
        "stop_grace_period": f"{record.stop_grace:g}s",
        "init": container.init,
        "read_only": container.read_only,
        **container_words(swarm.container_spec, open_files=container.open_files),
        **task_words(swarm.task_template),
        "deploy": _deploy(container, replicas),
    }
    return _said(found)


def _given(one: Given) -> Mapping[str, Any]:
    own = {"uid": one.uid, "gid": one.gid, "mode": one.mode}
    by_itself = {"uid": "0", "gid": "0", "mode": READABLE}
    said = {key: value for key, value in own.items() if value != by_itself[key]}
    return {"source": one.name, "target": one.target, **said}


def _deploy(container: Container, replicas: int) -> Mapping[str, Any]:
    swarm = container.swarm
    assert swarm is not None
    further = deploy_words(swarm.task_template)
    limits = {"memory": _bytes(container.memory), "cpus": _number(container.cpus), "pids": further["pids"]}
    reserved = {"memory": _bytes(swarm.memory_reserved), "cpus": _number(swarm.cpus_reserved)}
    resources = {"limits": _said(limits), "reservations": _said(reserved)}
    return {
        "replicas": replicas,
        "restart_policy": _said({"condition": "any", "delay": further["delay"]}),
        **_said(
            {
                "labels": dict(swarm.service_labels),
                "placement": _said(
                    {
                        "constraints": list(swarm.constraints),
                        "preferences": further["preferences"],
                        "max_replicas_per_node": further["max_replicas_per_node"],
                    }
                ),
                "resources": _said(resources),
            }
        ),
    }


def _said(told: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if value}


def _bytes(amount: int | None) -> str | None:
    return f"{amount}b" if amount else None


def _number(cpus: float | None) -> str | None:
    return f"{cpus:g}" if cpus else None
