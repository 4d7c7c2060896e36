"""What users may say of services of a Swarm, as a revision keeps it. Times in seconds."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from shipway.adapters.platforms.docker.options import ContainerOptions
from shipway.adapters.replicas.container import READABLE, Given
from shipway.adapters.replicas.converting import converted, unreadable
from shipway.adapters.replicas.health import Heartbeat
from shipway.model.revision import Revision

WHERE = "platform.swarm"


class Reserve(Struct, frozen=True, kw_only=True):
    """What a node must have left for one replica; none: nothing is asked."""

    memory: int | None = None
    """Bytes."""
    cpus: float | None = None


class Update(Struct, frozen=True, kw_only=True):
    """How the Swarm replaces tasks, where it does that itself."""

    order: str = "start-first"
    """`start-first` or `stop-first`."""
    monitor: float = 5.0
    """For so long a new task that ends makes the Swarm stop replacing."""
    published: int | None = None
    """The service's port of the routing mesh; none where a proxy carries requests. Of `traffic:`, not of users."""


class Content(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A configuration file as it was when the revision was made; the Swarm keeps it by this name."""

    name: str
    """With the hash of what it holds: another content is another object."""
    data: str
    """In base64."""
    uid: str = "0"
    gid: str = "0"
    mode: int = READABLE


class HandedFile(Struct, frozen=True, kw_only=True):
    """A secret or a configuration as a stack file says it: one that the Swarm has by its name, or a file."""

    name: str = ""
    file: str = ""
    target: str
    uid: str = "0"
    gid: str = "0"
    mode: int = READABLE


class SwarmOptions(ContainerOptions, frozen=True, kw_only=True):
    """As for containers, and what only a Swarm has."""

    ports: tuple[int, int] = (20_000, 29_999)
    """Of each node: replicas take free ones of this range, both ends included, and keep them for life."""
    secrets: tuple[str, ...] = ()
    """Names of the Swarm's own: each is a file in /run/secrets."""
    configs: Mapping[str, str] = {}
    """Files by their path in the container."""
    constraints: tuple[str, ...] = ()
    reserve: Reserve = Reserve()
    update: Update | None = None
    """None: each replica is a service of its own, and Shipway replaces them."""
    service_labels: Mapping[str, str] = {}
    """What a stack file says beyond us, as all below."""
    container_spec: Mapping[str, Any] = {}
    """Parts of the API's `ContainerSpec`; `task_template` of its `TaskTemplate`."""
    task_template: Mapping[str, Any] = {}
    made_networks: Mapping[str, Mapping[str, object]] = {}
    """How a network is made that is missing, by name."""
    volume_options: Mapping[str, Mapping[str, Any]] = {}
    """How a volume is made on a node where it is missing, by name."""
    handed_secrets: tuple[HandedFile, ...] = ()
    handed_configs: tuple[HandedFile, ...] = ()
    given_configs: tuple[Given, ...] = ()
    """Those of them that the Swarm had, by their ids."""
    heartbeat: Heartbeat | None = None
    """Of a worker, which needs no port."""
    given: tuple[Given, ...] = ()
    """Those secrets, by the ids that they had when the revision was made."""
    contents: Mapping[str, Content] = {}
    """Those files, by their path in the container."""


def swarm_options(written: Mapping[str, object]) -> SwarmOptions:
    """From plain JSON; what is null is not written. Raises `PortError`."""
    told = {name: value for name, value in written.items() if value is not None}
    return converted(told, SwarmOptions, where=WHERE)


def options_of(revision: Revision) -> SwarmOptions:
    """The revision's own. Raises `PortError` where they are not this platform's."""
    options = swarm_options(revision.platform)
    if not options.image or not (options.port or options.heartbeat):
        raise unreadable(f"{revision.id} has no {'port' if options.image else 'image'}", where=WHERE)
    return options
