"""What an engine of containers needs to make one replica."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

READABLE = 0o444


class Given(Struct, frozen=True, omit_defaults=True):
    """A secret or a configuration that a Swarm keeps, as a replica gets it."""

    id: str
    name: str
    target: str
    """Its file in the container; without a slash before it, of a secret, below /run/secrets."""
    uid: str = "0"
    gid: str = "0"
    mode: int = READABLE


class InSwarm(Struct, frozen=True, kw_only=True):
    """What only a service of a Swarm has."""

    port: int
    """Where it listens inside; on its node it is the replica's own port."""
    secrets: tuple[Given, ...] = ()
    configs: tuple[Given, ...] = ()
    constraints: tuple[str, ...] = ()
    memory_reserved: int | None = None
    """Bytes."""
    cpus_reserved: float | None = None
    service_labels: Mapping[str, str] = {}
    volume_options: Mapping[str, Mapping[str, Any]] = {}
    """How a volume is made on a node where it is missing, by name, in the API's words."""
    container_spec: Mapping[str, Any] = {}
    """Further parts of `ContainerSpec`; `task_template` of `TaskTemplate`."""
    task_template: Mapping[str, Any] = {}
    task: str = ""
    """Its id, where it is one of many tasks of a service."""


class Handed(Struct, frozen=True, kw_only=True):
    """Where the secrets are that it is handed; never what they are."""

    env_from: tuple[Mapping[str, str], ...] = ()
    env_files: tuple[str, ...] = ()
    secret_files: Mapping[str, str] = {}
    directory: str
    digest: str
    """The keyed hash of what they were when the revision was made."""


class Container(Struct, frozen=True, kw_only=True):
    """As it is created; what is none or empty is the image's or the engine's own."""

    engine: str
    """Where the engine answers: `unix:///var/run/docker.sock`."""
    image: str
    """By digest or id, so that all replicas of a revision are the same."""
    network: str = ""
    """The home's own, in which its address is fixed; none in a Swarm."""
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    user: str = ""
    working_directory: str = ""
    networks: tuple[str, ...] = ()
    """Others that it joins."""
    volumes: tuple[str, ...] = ()
    """`SOURCE:TARGET[:ro]`, a source being a volume's name or an absolute path."""
    labels: Mapping[str, str] = {}
    memory: int | None = None
    """Bytes."""
    cpus: float | None = None
    open_files: int | None = None
    stop_signal: str = ""
    init: bool = False
    read_only: bool = False
    swarm: InSwarm | None = None
    """Where a Swarm keeps it; none of a container of one engine."""
    healthcheck: Mapping[str, object] | None = None
    """In the engine's own words, as the rest: what a Compose file says beyond the keys of a release file."""
    create: Mapping[str, object] = {}
    host: Mapping[str, object] = {}
    made_networks: Mapping[str, Mapping[str, object]] = {}
    """How one is made that is missing."""
    made_volumes: Mapping[str, Mapping[str, object]] = {}
    handed: Handed | None = None
