"""What users may say of containers, as a revision keeps it. Times in seconds."""

import os
from collections.abc import Mapping

from msgspec import Struct

from shipway.adapters.replicas.converting import converted, unreadable
from shipway.adapters.replicas.health import Heartbeat
from shipway.model.metric import ERROR_PATTERN
from shipway.model.revision import Revision

WHERE = "platform.docker"
ENGINE = "unix:///var/run/docker.sock"


class Limits(Struct, frozen=True, kw_only=True):
    """How much one replica gets; none: as much as there is."""

    memory: int | None = None
    """Bytes; a container that takes more is ended by the kernel."""
    cpus: float | None = None
    open_files: int | None = None


class ContainerOptions(Struct, frozen=True, kw_only=True):
    """How a replica is created, by one engine or by a Swarm. In a revision, `{version}` is filled in already."""

    image: str = ""
    """By digest or id, as it was found when the revision was made."""
    written: str = ""
    """As the file says it: a tag mostly."""
    pull: str = "missing"
    """`missing`: an image that is here is used as it is; `always`: the registry is asked what a tag means."""
    command: tuple[str, ...] = ()
    """In place of the image's; `{port}` and `{replica}` are filled in, here and in `env`."""
    entrypoint: tuple[str, ...] = ()
    port: int = 0
    """Where it listens inside; in a release file none: the only one that the image exposes."""
    env: Mapping[str, str] = {}
    user: str | None = None
    working_directory: str | None = None
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = {}
    limits: Limits = Limits()
    stop_grace: float = 30.0
    """From the stop signal to SIGKILL."""
    stop_signal: str | None = None
    init: bool = False
    read_only: bool = False
    protocol: str | None = None
    error_lines: str = ERROR_PATTERN
    engine: str | None = None
    """Where Docker Engine answers; none: what DOCKER_HOST says, or the usual socket."""

    @property
    def address(self) -> str:
        """Of the engine."""
        return self.engine or engine_address()


class DockerOptions(ContainerOptions, frozen=True, kw_only=True):
    """That, and what only an engine of this machine is told."""

    heartbeat: Heartbeat | None = None
    """Of a worker, which needs no port."""
    env_from: tuple[Mapping[str, str], ...] = ()
    """Where variables are that are secrets, as of processes."""
    secret_files: Mapping[str, str] = {}
    """The path of each, by its path in the container; a mere name is below /run/secrets."""
    directory: str = "."
    """Which the paths are relative to, and in which commands run."""
    secrets: str = ""
    """The keyed hash of what all these said when the revision was made."""
    env_files: tuple[str, ...] = ()
    """Of a Compose file: absolute paths of files with variables, which are taken for secrets."""
    healthcheck: Mapping[str, object] | None = None
    """In place of the image's, in the engine's words, as the four below: what a Compose file says beyond us."""
    create: Mapping[str, object] = {}
    host: Mapping[str, object] = {}
    made_networks: Mapping[str, Mapping[str, object]] = {}
    """How a network is made that is missing, by name; of others nothing is said, and they have to be there."""
    made_volumes: Mapping[str, Mapping[str, object]] = {}


def engine_address() -> str:
    """Where Docker Engine answers, for whoever runs this."""
    return os.environ.get("DOCKER_HOST") or ENGINE


def container_options(written: Mapping[str, object], *, where: str) -> ContainerOptions:
    """From plain JSON, what an engine and a Swarm are both told. Raises `PortError`."""
    return converted(_said(written), ContainerOptions, where=where)


def docker_options(written: Mapping[str, object]) -> DockerOptions:
    """From plain JSON; what is null is not written. Raises `PortError`."""
    return converted(_said(written), DockerOptions, where=WHERE)


def _said(written: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in written.items() if value is not None}


def options_of(revision: Revision) -> DockerOptions:
    """The revision's own. Raises `PortError` where they are not this platform's."""
    options = docker_options(revision.platform)
    if not options.image or not (options.port or options.heartbeat):
        raise unreadable(f"{revision.id} has no {'port' if options.image else 'image'}", where=WHERE)
    return options
