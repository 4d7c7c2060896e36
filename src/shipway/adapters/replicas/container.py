"""What an engine of containers needs to make one replica."""

from collections.abc import Mapping

from msgspec import Struct


class Container(Struct, frozen=True, kw_only=True):
    """As it is created; what is none or empty is the image's or the engine's own."""

    engine: str
    """Where the engine answers: `unix:///var/run/docker.sock`."""
    image: str
    """By digest or id, so that all replicas of a revision are the same."""
    network: str
    """The home's own, in which its address is fixed."""
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
