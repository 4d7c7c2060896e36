"""The replicas of a service as its platform reports them."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from shipway.model.revision import RevisionId


class Replica(Struct, frozen=True, kw_only=True):
    """One running copy of a revision. Times are seconds since the epoch."""

    id: str
    revision: RevisionId
    address: str
    alive: bool
    ready: bool
    ready_since: float | None = None
    started_at: float = 0.0
    restarts: int = 0
    """How often it was started again by itself since it was created."""
    draining_since: float | None = None
    """Set once the platform was told to drain it; such a replica is no capacity."""
    stale: bool = False
    """It works, but nobody keeps it alive or takes its output any more: it is to be replaced by a new one."""
    generation: int = 0
    detail: str = ""
    """Why it is not ready, in a few words."""


class Preparation(StrEnum):
    """How far the once-per-revision preparation (an install, an image pull) is."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Fleet(Struct, frozen=True, kw_only=True):
    """All replicas of one service at one instant."""

    at: float
    replicas: tuple[Replica, ...] = ()
    prepared: Mapping[RevisionId, Preparation] = {}
    generations: Mapping[str, int] = {}
    """By intent key: the newest generation that the platform applied."""
    details: Mapping[RevisionId, str] = {}
    """Why a preparation failed: the last line it printed, and where the whole output is."""
    foreign: tuple[str, ...] = ()
    """What other hands changed, in a sentence each."""
