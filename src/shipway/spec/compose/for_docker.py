"""What a service of a Compose file is in the words of `platform: docker:`, and what is beyond them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from shipway.errors import ShipwayError
from shipway.spec.compose.for_docker_files import Files, files_of
from shipway.spec.compose.for_docker_host import create_of, healthcheck_of, host_of
from shipway.spec.compose.keeping import not_kept
from shipway.spec.compose.mounts import Joined, Port
from shipway.spec.compose.project import DEFAULT, Network
from shipway.spec.compose.reading import Composed
from shipway.spec.problems import Wrong

PULLS = {None: None, "always": "always", "missing": "missing", "if_not_present": "missing"}
RESTARTS = (None, "always", "unless-stopped")
SWARM = "a swarm's"
COMPOSE_LABEL = "com.docker.compose"


@dataclass(frozen=True)
class Translated:
    """Into two parts, and what is wrong."""

    keys: Mapping[str, object]
    """As the release file could say it."""
    further: Mapping[str, object]
    """Beyond its keys, as a revision keeps it."""
    left: tuple[str, ...] = ()
    wrong: tuple[ShipwayError, ...] = ()


@dataclass
class _Noted:
    """What is wrong, in the order in which it is met."""

    composed: Composed
    wrong: list[ShipwayError] = field(default_factory=list)

    def __call__(self, found: Wrong) -> None:
        self.wrong.append(self.composed.error(found))


def translated(composed: Composed, *, listens: str | None) -> Translated:
    """`listens` is the port on which the proxy takes requests; none where nothing does."""
    noted = _Noted(composed)
    for wrong in _against(composed, listens):
        noted(wrong)
    files = files_of(composed, noted)
    return Translated(
        keys={key: value for key, value in _keys(composed, files).items() if value not in (None, [], {}, "")},
        further={key: value for key, value in _further(composed, files).items() if value},
        left=(*composed.left, *_left(composed)),
        wrong=tuple(noted.wrong),
    )


def _keys(composed: Composed, files: Files) -> dict[str, object]:
    service = composed.service
    resources = service.deploy.resources.limits
    memory, cpus = resources.memory or service.mem_limit, resources.cpus or service.cpus
    targets = [port.target for port in service.ports if port.protocol == "tcp"]
    replicas = service.scale if service.deploy.replicas is None else service.deploy.replicas
    limits = {"memory": f"{Decimal(memory) / 1024:f}KiB" if memory else None, "cpus": str(cpus) if cpus else None}
    return {
        "image": service.image,
        "pull": PULLS.get(service.pull_policy),
        "command": list(service.command),
        "entrypoint": list(service.entrypoint),
        "port": targets[0] if len(set(targets)) == 1 else None,
        "env": dict(service.environment),
        "replicas": replicas,
        "user": service.user,
        "working_directory": service.working_dir,
        "networks": [name for name, _ in _joined(composed)],
        "volumes": list(files.volumes),
        "labels": {name: text or "" for name, text in service.labels.items()},
        "limits": {name: amount for name, amount in limits.items() if amount},
        "stop_grace": None
        if service.stop_grace_period is None
        else f"{Decimal(str(service.stop_grace_period)):f}s",
        "stop_signal": service.stop_signal,
        "init": service.init or None,
        "read_only": service.read_only or None,
        "secret_files": dict(files.handed),
    }


def _further(composed: Composed, files: Files) -> dict[str, object]:
    return {
        "env_files": list(files.env_files),
        "healthcheck": healthcheck_of(composed.service.healthcheck),
        "create": {**create_of(composed.service), **({"volumes": list(files.unnamed)} if files.unnamed else {})},
        "host": {**host_of(composed.service), **({"tmpfs": dict(files.tmpfs)} if files.tmpfs else {})},
        "made_networks": {name: made for name, made in _joined(composed) if made},
        "made_volumes": files.made,
    }


def _joined(composed: Composed) -> Iterator[tuple[str, dict[str, object]]]:
    """Networks by their names in the engine, with how one is made that is missing; nothing of another's."""
    project = composed.project
    for name in composed.service.networks or {DEFAULT: Joined()}:
        network = project.networks.get(name, Network())
        yield project.called(name, network), {} if network.external else _made(composed, name, network)


def _made(composed: Composed, name: str, network: Network) -> dict[str, object]:
    """As Compose would make it, so that it takes it for its own."""
    pools = [pool.model_dump(exclude_none=True) for pool in network.ipam.config] if network.ipam else []
    return {
        "driver": network.driver or "bridge",
        "options": {key: text or "" for key, text in network.driver_opts.items()},
        "internal": network.internal,
        "attachable": network.attachable,
        "enable_ipv6": network.enable_ipv6,
        "pools": pools,
        "labels": labels_of(composed, "network", name, network.labels),
    }


def labels_of(composed: Composed, kind: str, name: str, said: Mapping[str, str | None]) -> dict[str, str]:
    """Of a network or a volume of the project."""
    own = {key: text or "" for key, text in said.items()}
    return {**own, f"{COMPOSE_LABEL}.project": composed.project.name, f"{COMPOSE_LABEL}.{kind}": name}


def _against(composed: Composed, listens: str | None) -> Iterator[Wrong]:
    service = composed.service
    for index, port in enumerate(service.ports):
        yield from _against_port(port, index, listens)
    for name, how in service.networks.items():
        yield from _against_network(name, how, known={DEFAULT, *composed.project.networks})
    if service.restart not in RESTARTS:
        yield not_kept("restart", "Replicas are started again whenever they end, until Shipway stops them.")
    if service.pull_policy not in PULLS:
        yield not_kept("pull_policy", "An image is pulled where it is missing, or always asked for.")
    if service.deploy.restart_policy and service.deploy.restart_policy.condition != "any":
        yield not_kept("deploy.restart_policy", "Replicas are started again whenever they end.")
    if service.deploy.mode not in ("replicated", "global"):
        yield not_kept("deploy.mode", "It is a job that ends; replicas do not.")


def _against_port(port: Port, index: int, listens: str | None) -> Iterator[Wrong]:
    if port.published is None or port.published == listens:
        return
    why = "Replicas are several, and a port of the machine is one's; the proxy listens in their place"
    yield not_kept(
        "ports",
        f"{why}, on {listens}." if listens else "Replicas are several, and a port of the machine is one's.",
        fix=f"Let the proxy listen on {port.published}, or write `without: [ports]` beside `service:`."
        if listens
        else "Write `without: [ports]` beside `service:` in the release file.",
        at=("ports", index),
    )


def _against_network(name: str, how: Joined, *, known: set[str]) -> Iterator[Wrong]:
    at = ("networks", name)
    if name not in known:
        yield Wrong(
            "the file has no such network",
            why=f"Known below its `networks:` are {', '.join(sorted(known))}.",
            fix=f"Add `{name}:` there.",
            at=at,
        )
    for key in sorted(how.model_fields_set - {"priority", "gw_priority"}):
        why = "It leads past the proxy, which divides and drains." if key == "aliases" else "Replicas are several."
        yield not_kept(
            f"networks.{name}.{key}",
            why,
            fix=f"Let others ask the proxy, and write `without: [networks.{name}.{key}]` beside `service:`.",
            at=(*at, key),
        )


def _left(composed: Composed) -> Iterator[str]:
    service = composed.service
    for key in ("placement", "endpoint_mode", "mode", "labels"):
        if key in service.deploy.model_fields_set:
            yield f"deploy.{key} ({SWARM})"
    for key in ("update_config", "rollback_config"):
        if getattr(service.deploy, key) is not None:
            yield f"deploy.{key} (`strategy` says how)"
    if service.deploy.resources.reservations.cpus is not None:
        yield f"deploy.resources.reservations.cpus ({SWARM})"
    if service.expose:
        yield "expose (networks are open to all in them)"
