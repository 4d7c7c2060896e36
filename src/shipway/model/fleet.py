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
    sick_since: float | None = None
    """Since when this process, which was ready, does not answer its health any more; none of one that crashed."""
    started_at: float = 0.0
    restarts: int = 0
    """How often it was started again by itself since it was created."""
    draining_since: float | None = None
    """Set once the platform was told to drain it; such a replica is no capacity."""
    stale: bool = False
    """It works, but nobody keeps it alive or takes its output any more: it is to be replaced by a new one."""
    lost_since: float | None = None
    """Since when the machine that it runs on does not answer: what is said of it is as old, and it may live."""
    is_ending: bool = False
    """Whether it was told to end; one that is lost too may stay so for ever, and nobody waits for it."""
    generation: int = 0
    cold: str = ""
    """Why its warm-up failed, if it did; it may take requests all the same later."""
    detail: str = ""
    """Why it is not ready, in a few words; of a ready one why it was started again, while that is news."""


class Usage(Struct, frozen=True, kw_only=True):
    """What one revision's replicas use. Sums only grow, and begin anew with another observer."""

    replicas: int = 0
    """That run."""
    cpu_seconds: float = 0.0
    cpu_cores: float | None = None
    """Processor seconds per second, of all of them together; none before a second look."""
    memory_bytes: float | None = None
    """Of one replica with all its processes, in the mean."""
    restarts: int = 0
    replica_hours: float = 0.0
    """How long how many of them ran."""
    error_lines: int | None = 0
    """None where nobody reads what they print."""
    queue_age_seconds: float | None = None
    """How long the oldest job has waited, where its workers tell it."""


class Preparation(StrEnum):
    """How far the once-per-revision preparation (an install, an image pull) is."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Scaled(Struct, frozen=True, kw_only=True):
    """A number of replicas that others than Shipway changed, where a platform has such a number."""

    what: str
    """Its sentence in `Fleet.foreign`, where it is drift."""
    now: int
    """How many they asked for; those that drain are among them."""
    by: str = "somebody"
    """Who or what did it, as far as the platform tells."""
    revision: RevisionId | None = None
    """Whose; none where the number is that of all revisions together."""
    told: int = 0
    """How many Shipway asked for last."""
    is_automatic: bool = False
    """Whether it was an autoscaler that the release itself brings: no drift, and always followed."""


class Fleet(Struct, frozen=True, kw_only=True):
    """All replicas of one service at one instant."""

    at: float
    replicas: tuple[Replica, ...] = ()
    prepared: Mapping[RevisionId, Preparation] = {}
    generations: Mapping[str, int] = {}
    """By intent key: the newest generation that the platform applied."""
    details: Mapping[RevisionId, str] = {}
    """Why a preparation failed: the last line it printed, and where the whole output is."""
    usage: Mapping[RevisionId, Usage] = {}
    """Where the platform knows it."""
    foreign: tuple[str, ...] = ()
    """What other hands changed, in a sentence each."""
    scaled: tuple[Scaled, ...] = ()
    """Those of them that are numbers of replicas, and what autoscalers did."""
