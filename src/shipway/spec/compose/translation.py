"""What translations for all platforms have in common: their outcome, and what none of them keeps."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from shipway.errors import ShipwayError
from shipway.spec.compose.keeping import not_kept
from shipway.spec.compose.mounts import Joined, Port
from shipway.spec.compose.project import DEFAULT, Network
from shipway.spec.compose.reading import Composed
from shipway.spec.compose.service import Service
from shipway.spec.problems import Wrong
from shipway.spec.traffic.listening import EVERYWHERE

RESTARTS = (None, "always", "unless-stopped")
PULLS = {None: None, "always": "always", "missing": "missing", "if_not_present": "missing"}
AGAIN = "Replicas are started again whenever they end."


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What the release file says beside the other file."""

    listens: str | None
    """Where the proxy takes requests, `127.0.0.1:8080`; none where nothing does."""
    options: Mapping[str, object] = field(default_factory=dict)
    """The platform's own, as they are written."""


@dataclass(frozen=True)
class Translated:
    """Into parts, and what is wrong."""

    keys: Mapping[str, object]
    """As the release file could say it below the platform."""
    further: Mapping[str, object]
    """Beyond its keys, as a revision keeps it."""
    left: tuple[str, ...] = ()
    wrong: tuple[ShipwayError, ...] = ()
    beside: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """As the release file could say it beside the platform, by section."""


@dataclass
class Noted:
    """What is wrong, in the order in which it is met."""

    composed: Composed
    wrong: list[ShipwayError] = field(default_factory=list)

    def __call__(self, found: Wrong) -> None:
        self.wrong.append(self.composed.error(found))


def told(values: Mapping[str, object]) -> dict[str, object]:
    """Without what says nothing."""
    return {key: value for key, value in values.items() if value not in (None, [], {}, "")}


def keys_of(service: Service) -> dict[str, object]:
    """What all platforms call the same."""
    resources = service.deploy.resources.limits
    memory, cpus = resources.memory or service.mem_limit, resources.cpus or service.cpus
    targets = [port.target for port in service.ports if port.protocol == "tcp"]
    grace = service.stop_grace_period
    return {
        "image": service.image,
        "pull": PULLS.get(service.pull_policy),
        "command": list(service.command),
        "entrypoint": list(service.entrypoint),
        "port": targets[0] if len(set(targets)) == 1 else None,
        "env": dict(service.environment),
        "replicas": service.scale if service.deploy.replicas is None else service.deploy.replicas,
        "user": service.user,
        "working_directory": service.working_dir,
        "labels": {name: text or "" for name, text in service.labels.items()},
        "limits": told({"memory": size(memory), "cpus": str(cpus) if cpus else None}),
        "stop_grace": None if grace is None else f"{Decimal(str(grace)):f}s",
        "stop_signal": service.stop_signal,
        "init": service.init or None,
        "read_only": service.read_only or None,
    }


def size(amount: int | None) -> str | None:
    """Bytes as a release file says them."""
    return f"{Decimal(amount) / 1024:f}KiB" if amount else None


def joined(
    composed: Composed, make: Callable[[str, Network], dict[str, object]]
) -> Iterator[tuple[str, dict[str, object]]]:
    """Networks by their names in the engine, with how one is made that is missing; nothing of another's."""
    project = composed.project
    for name in composed.service.networks or {DEFAULT: Joined()}:
        network = project.networks.get(name, Network())
        yield project.called(name, network), {} if network.external else make(name, network)


def made_of(network: Network, *, driver: str, labels: Mapping[str, str]) -> dict[str, object]:
    """How it is made, beside the labels that the file says."""
    pools = [pool.model_dump(exclude_none=True) for pool in network.ipam.config] if network.ipam else []
    return {
        "driver": network.driver or driver,
        "options": {key: text or "" for key, text in network.driver_opts.items()},
        "internal": network.internal,
        "attachable": network.attachable,
        "enable_ipv6": network.enable_ipv6,
        "pools": pools,
        "labels": {**{key: text or "" for key, text in network.labels.items()}, **labels},
    }


def left_of(service: Service) -> Iterator[str]:
    """What no platform does anything with."""
    if service.healthcheck and service.healthcheck.start_interval is not None:
        yield "healthcheck.start_interval (`interval` is taken from the beginning)"
    if service.expose:
        yield "expose (networks are open to all in them)"


def against(composed: Composed, listens: str | None) -> Iterator[Wrong]:
    """What no platform keeps."""
    service = composed.service
    for index, port in enumerate(service.ports):
        yield from _against_port(port, index, listens)
    for name, how in service.networks.items():
        yield from _against_network(name, how, known={DEFAULT, *composed.project.networks})
        yield from _against_making(name, composed.project.networks.get(name, Network()))
    if service.restart not in RESTARTS:
        yield not_kept("restart", "Replicas are started again whenever they end, until Shipway stops them.")
    if service.pull_policy not in PULLS:
        yield not_kept("pull_policy", "An image is pulled where it is missing, or always asked for.")
    yield from _against_restarts(service)


def _against_restarts(service: Service) -> Iterator[Wrong]:
    policy = service.deploy.restart_policy
    if policy is None:
        return
    if policy.condition != "any":
        yield not_kept("deploy.restart_policy", AGAIN)
    for key in ("max_attempts", "window"):
        if getattr(policy, key):
            yield not_kept(f"deploy.restart_policy.{key}", f"{AGAIN} The guard judges one that goes on ending.")


def _against_making(name: str, network: Network) -> Iterator[Wrong]:
    """Of a network that would be made where it is missing."""
    ipam = network.ipam
    has_own = ipam is not None and (ipam.options or ipam.driver not in (None, "default"))
    if network.external or not (has_own or not network.enable_ipv4):
        return
    yield Wrong(
        "Shipway cannot make this network",
        why="It gives ranges of addresses to the engine's own driver, and nothing else.",
        fix=f"Make it yourself, and write `{name}: {{external: true, name: …}}`.",
        at=("networks", name),
    )


def _against_port(port: Port, index: int, listens: str | None) -> Iterator[Wrong]:
    if port.published is None or (listens and _is_there(port, listens)):
        return
    why = "Replicas are several, and a port of the machine is one's; the proxy listens in their place"
    wanted = f"{port.host_ip}:{port.published}" if port.host_ip else port.published
    yield not_kept(
        "ports",
        f"{why}, on {listens}." if listens else "Replicas are several, and a port of the machine is one's.",
        fix=f"Let the proxy listen on {wanted}, or write `without: [ports]` beside `service:`."
        if listens
        else "Write `without: [ports]` beside `service:` in the release file.",
        at=("ports", index),
    )


def _is_there(port: Port, listens: str) -> bool:
    """Whether the proxy listens where it is published; an address that is said may not become all of them."""
    host, _, number = listens.rpartition(":")
    return port.published == number and port.host_ip in (None, EVERYWHERE, host)


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
