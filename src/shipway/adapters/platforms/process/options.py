"""What users may say of processes, as a revision keeps it. Times in seconds."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.adapters.replicas.converting import converted, unreadable
from shipway.adapters.replicas.health import Heartbeat
from shipway.model.metric import ERROR_PATTERN
from shipway.model.revision import Revision

WHERE = "platform.process"


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


def process_options(written: Mapping[str, object]) -> ProcessOptions:
    """From plain JSON; what is null is not written. Raises `PortError`."""
    return converted(
        {name: value for name, value in written.items() if value is not None}, ProcessOptions, where=WHERE
    )


def options_of(revision: Revision) -> ProcessOptions:
    """The revision's own. Raises `PortError` where they are not this platform's."""
    options = process_options(revision.platform)
    if not options.command.strip():
        raise unreadable(f"{revision.id} has no command", where=WHERE)
    return options
