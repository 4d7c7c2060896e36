"""What `launch.py` reads and writes under `supervisor/`, as JSON."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict


class Bounds(TypedDict):
    """What a program may, where that is not what its supervisor may."""

    account: list[int] | None
    """Numbers: the user, the group, then all groups."""
    umask: int | None
    open_files: int | None
    nice: int | None
    killed_first: bool
    """Whether the system, when it is out of memory, ends this one before others."""


class Spec(TypedDict):
    """`programs/<name>.json`."""

    name: str
    argv: list[str]
    directory: str
    environment: dict[str, str]
    stop_seconds: float
    home: str
    log: str
    digest: str
    becomes: list[str]
    """With secrets: the program itself, which `argv` becomes in its turn."""
    own: dict[str, str]
    """With secrets: the part of `environment` that wins over them."""
    secrets: Mapping[str, object] | None
    """As `secret_environment.py` reads it."""
    bounds: Bounds | None
    pause_max: NotRequired[float]
    """The longest pause, seconds."""
    once: NotRequired[bool]
    """It is not started again; what it left running in a group of its own was meant to stay."""


class Run(TypedDict):
    """`runs/<name>.json`: the last start."""

    pid: int
    born: str
    """Tells this process from a later one with the same number."""
    at: float
    starts: int
    failures: int
    """Ends in a row, each soon after its start, before this one."""
    ended: str
    """How the former copy ended."""
    digest: str
    pause_until: float
    session: NotRequired[int]
