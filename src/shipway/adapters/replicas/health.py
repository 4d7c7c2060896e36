"""What users may say of probes, warm-up and heartbeats, as a revision keeps it. Times in seconds."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shipway.adapters.replicas.converting import converted
from shipway.model.revision import Revision

WHERE = "health"


class Heartbeat(Struct, frozen=True, kw_only=True):
    """What a worker shows in place of answers over HTTP. `{replica}` stands for the replica's name."""

    file: str | None = None
    """Touched again and again; none: the one that SHIPWAY_HEARTBEAT names. Relative to the working directory."""
    command: str | None = None
    """Run instead, in the replica's directory and environment: exit code 0 is a beat."""
    within: float = 30.0
    """Older than this a beat says nothing: not ready. After three times as long the replica is started again."""


class Probe(Struct, frozen=True, kw_only=True):
    """A question over HTTP: an answer from 200 to 399 is a yes. Over gRPC it is that of grpc.health.v1."""

    path: str
    service: str = ""
    """Of gRPC; empty is the server as a whole."""
    protocol: str = "http1"
    initial_delay: float = 0.0
    """After the start, until the first question counts."""
    period: float = 5.0
    timeout: float = 2.0
    failure_threshold: int = 3
    """So many noes in a row make one no. A refused connection is one at once."""


class WarmUp(Struct, frozen=True, kw_only=True):
    """What a new replica is asked before it gets users' requests."""

    requests: tuple[str, ...] = ()
    """`GET /warm`; none: it is not warmed up."""
    within: float = 60.0
    """The longest that it may take until answers get no faster."""


class HealthOptions(Struct, frozen=True, kw_only=True):
    """The two probes: does it take requests, and does it still live. And what comes before its first request."""

    ready: Probe = Probe(path="/health/ready", initial_delay=5.0)
    alive: Probe = Probe(path="/health/alive", initial_delay=15.0, period=10.0)
    warm_up: WarmUp = WarmUp()


BEAT_SECONDS = 1.0
"""Between two looks at a heartbeat file, which cost next to nothing."""


def health_of(heartbeat: Heartbeat) -> HealthOptions:
    """The probes' times where a heartbeat answers: unready once it is too old, dead after three such times."""
    period = BEAT_SECONDS if heartbeat.command is None else max(BEAT_SECONDS, heartbeat.within / 3)
    ready = Probe(path="", period=period, timeout=heartbeat.within, failure_threshold=1)
    alive = Probe(path="", initial_delay=heartbeat.within, period=heartbeat.within, timeout=heartbeat.within)
    return HealthOptions(ready=ready, alive=alive)


def health(written: Mapping[str, object], otherwise: HealthOptions) -> HealthOptions:
    """From plain JSON; what it does not name is as in `otherwise`. Raises `PortError`."""
    ready = converted(_over(otherwise.ready, written.get("ready")), Probe, where=WHERE)
    alive = converted(_over(otherwise.alive, written.get("alive")), Probe, where=WHERE)
    warm = converted(written["warm_up"], WarmUp, where=WHERE) if "warm_up" in written else otherwise.warm_up
    return HealthOptions(ready=ready, alive=alive, warm_up=warm)


def probes_of(revision: Revision, otherwise: HealthOptions) -> HealthOptions:
    """The revision's own, in what its replicas speak. Raises `PortError`."""
    probes, protocol = health(revision.health, otherwise), str(revision.platform.get("protocol") or "http1")
    ready, alive = replace(probes.ready, protocol=protocol), replace(probes.alive, protocol=protocol)
    return replace(probes, ready=ready, alive=alive)


def _over(probe: Probe, written: object) -> dict[str, object]:
    named = written if isinstance(written, Mapping) else {}
    return {**msgspec.to_builtins(probe), **named}
