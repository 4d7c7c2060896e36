"""What users may say of processes and their probes, as a revision keeps it. Times in seconds."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shipway.errors import PortError
from shipway.model.metric import ERROR_PATTERN
from shipway.model.revision import Revision

T = TypeVar("T")


class Heartbeat(Struct, frozen=True, kw_only=True):
    """What a worker shows in place of answers over HTTP. `{replica}` stands for the replica's name."""

    file: str | None = None
    """Touched again and again; none: the one that SHIPWAY_HEARTBEAT names. Relative to the working directory."""
    command: str | None = None
    """Run instead, in the replica's directory and environment: exit code 0 is a beat."""
    within: float = 30.0
    """Older than this a beat says nothing: not ready. After three times as long the replica is started again."""


class Limits(Struct, frozen=True, kw_only=True):
    """How much one replica gets; none: as much as its supervisor."""

    memory: int | None = None
    """Bytes that all its processes together may have resident; above it is started again."""
    open_files: int | None = None
    nice: int | None = None


class ProcessOptions(Struct, frozen=True, kw_only=True):
    """How a replica is started and stopped. In a revision, `{version}` is filled in already."""

    command: str = ""
    """Split as a shell would, but no shell runs it; `{port}` becomes the replica's port, here and in `env`."""
    prepare: str | None = None
    """A shell command that runs once for each revision, before its first replica."""
    directory: str = "."
    """Where both run; absolute, or relative to the directory of whoever deploys."""
    env: Mapping[str, str] = {}
    """Added to a few variables of the machine, such as PATH and HOME; nothing else of the shell is passed on."""
    env_from: tuple[Mapping[str, str], ...] = ()
    """Where variables are that are secrets: each a `file` or a `command`, from `directory`."""
    secrets: str = ""
    """The keyed hash of what they said when the revision was made."""
    stop_grace: float = 30.0
    """From SIGTERM to SIGKILL."""
    protocol: str | None = None
    """What replicas speak: `http1`, `h2c` (HTTP/2 without TLS) or `grpc`; none is `http1`."""
    error_lines: str = ERROR_PATTERN
    """Lines of output that this pattern is found in are errors."""
    heartbeat: Heartbeat | None = None
    """Of a worker; none: it is asked over HTTP."""
    user: str | None = None
    """As whom replicas run; none: as whoever runs Shipway."""
    group: str | None = None
    umask: str | None = None
    """Octal; none: 0077."""
    limits: Limits = Limits()
    ports: tuple[int, int] = (20_000, 29_999)
    """Replicas take free ports of this range, both ends included, and keep them for life.

    Outgoing connections take theirs from another range (32768 and up on Linux): keep the two apart."""


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


def process_options(written: Mapping[str, object]) -> ProcessOptions:
    """From plain JSON; what is null is not written. Raises `PortError`."""
    return _convert({name: value for name, value in written.items() if value is not None}, ProcessOptions)


def health(written: Mapping[str, object], otherwise: HealthOptions) -> HealthOptions:
    """From plain JSON; what it does not name is as in `otherwise`. Raises `PortError`."""
    ready = _convert(_over(otherwise.ready, written.get("ready")), Probe)
    alive = _convert(_over(otherwise.alive, written.get("alive")), Probe)
    warm = _convert(written["warm_up"], WarmUp) if "warm_up" in written else otherwise.warm_up
    return HealthOptions(ready=ready, alive=alive, warm_up=warm)


def probes_of(revision: Revision, otherwise: HealthOptions) -> HealthOptions:
    """The revision's own, in what its replicas speak. Raises `PortError`."""
    probes, protocol = health(revision.health, otherwise), process_options(revision.platform).protocol or "http1"
    ready, alive = replace(probes.ready, protocol=protocol), replace(probes.alive, protocol=protocol)
    return replace(probes, ready=ready, alive=alive)


def options_of(revision: Revision) -> ProcessOptions:
    """The revision's own. Raises `PortError` where they are not this platform's."""
    options = process_options(revision.platform)
    if not options.command.strip():
        raise _unreadable(f"{revision.id} has no command")
    return options


def _over(probe: Probe, written: object) -> dict[str, object]:
    named = written if isinstance(written, Mapping) else {}
    return {**msgspec.to_builtins(probe), **named}


def _convert(value: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _unreadable(str(error)) from error


def _unreadable(why: str) -> PortError:
    return PortError(
        "this revision cannot run as processes",
        where="platform.process",
        why=f"{why}.",
        fix="Deploy a version whose release file has `platform: process:`.",
    )
