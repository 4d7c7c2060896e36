"""What the guard promises and how long a run waits: the user's words as values. Times in seconds."""

from msgspec import Struct

from shipway.model.metric import Metric
from shipway.model.service_kind import ServiceKind

MINUTE = 60.0
HOUR = 3600.0


class Guard(Struct, frozen=True, kw_only=True):
    """When a candidate counts as harmful, and what follows."""

    interval: float = 1.0
    """Between two looks at the metrics."""
    false_rollback: float = 0.001
    """The promised probability that a candidate equal to the stable version is taken back, per run."""
    success_rate_min: float | None = None
    """An absolute limit, as a fraction."""
    latency_p99_max: float | None = None
    medium_patience: float = 15 * MINUTE
    medium_clear: float = MINUTE
    """Medium harm has cleared once the verdict was another for this long, so that a verdict that wavers does not
    start the patience anew."""
    low_patience: float = 30 * MINUTE
    """Low harm that is medium at a later stage within this time has grown: back at once."""
    blind_patience: float = 5 * MINUTE
    dead_patience: float = 30.0
    """How long a stable revision without a ready replica is waited for before the candidate may overtake it."""
    no_data: str = "extend"
    """At a stage's end without enough evidence: `extend` (twice, then hold), `grow` (repeat it with somewhat more
    users, then as `extend`), `hold`, `ask`, `rollback`, `go`."""
    extensions_max: int = 2
    promote: str = "after-bake"
    """When a stage that needs evidence is left: `after-bake`, or `when-proven`, which may be earlier."""
    minimum_stay: float = 2 * MINUTE
    """No stage is left earlier than this, however much is proven."""
    failed_jobs: int = 1
    """So many failed jobs of a candidate are too many, where jobs are scheduled and the stable version's do not
    fail as often."""
    metrics: tuple[Metric, ...] = ()
    """What is watched beside requests."""


class Rollback(Struct, frozen=True, kw_only=True):
    """What a take-back may cost."""

    window: float = HOUR
    """How long the former revision is kept ready to take back after promotion."""
    within: float = 5 * MINUTE
    """The longest take-back that a plan may have."""


class Limits(Struct, frozen=True, kw_only=True):
    """What converge keeps to, for the whole plan."""

    replicas: int
    """Full capacity."""
    kind: ServiceKind = ServiceKind.HTTP
    """Whether replicas get requests or fetch jobs."""
    surge: int = 1
    """How many replicas more than full capacity may run while replacing."""
    unavailable: int = 0
    """How many fewer may serve while replacing."""
    total: int = 0
    """The most replicas of all revisions at once; at least the largest stage + 1."""
    per_node: bool = False
    """Whether nodes say how many there are: each has one, and a new one comes in the place of another."""
    steady: float = 3.0
    """A replica counts as capacity once ready for this long."""
    drain_quiet: float = 1.0
    """The least time between draining a replica and stopping it."""
    drain_grace: float = 30.0
    """The longest that a draining replica's requests are waited for."""
    settle: float = 1.0
    """How long traffic must have stayed before capacity that it left may go."""
    retry: float = 5.0
    """An effect that nobody confirmed is asked for again after this."""
