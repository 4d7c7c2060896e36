"""A plan: a short table of stages, each safe to stay in. Row 0 is where a take-back ends."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.model.hook import Hooks
from shipway.model.phase import Phase
from shipway.model.policy import Guard, Limits, Rollback
from shipway.model.revision import RevisionId, SchemaRange
from shipway.model.route import Route
from shipway.model.schedule import Schedule
from shipway.model.service_kind import ServiceKind
from shipway.model.share import NONE, Share, of


class Need(Struct, frozen=True, kw_only=True):
    """Who must agree before a stage is left: a smoke test, an approval, another service's stage."""

    kind: str
    """The gate adapter's name: `command`, `barrier`, …"""
    target: str
    """What the adapter is told: a command line, `service:stage`, …"""
    timeout: float = 300.0


class Stay(Struct, frozen=True, kw_only=True):
    """How long a stage is kept, and what must be known before it is left. Times in seconds."""

    minimum: float = 0.0
    bake: float = 0.0
    """Without proof of health the stage is left after this; with it, after the minimum."""
    deadline: float = 600.0
    """By when the stage must be reached, counted from entering it."""
    needs_evidence: bool = False
    then: str = "promote"
    """What follows once it is over and all is well: `promote` goes on, `ask` holds for a person, or `back`."""
    asks: str = ""
    """What a person is asked to agree to, where it is not which version stays."""
    jobs: int = 0
    """How many of the candidate's jobs must have ended before it is left, where jobs are scheduled."""


class Stage(Struct, frozen=True, kw_only=True):
    """A state of the service that is safe to stay in."""

    name: str
    capacity: Mapping[RevisionId, int] = {}
    """Replicas; where jobs are scheduled, 1 for the revision that the next job is of."""
    route: Route = Route()
    flags: Mapping[str, Share] = {}
    """The most that each flag may show; what the ramp's flag shows."""
    ramp: str = ""
    """The flag that is raised to its share here, and whose users are compared with the others."""
    schema: Mapping[str, Phase] = {}
    stay: Stay = Stay()
    gates: tuple[Need, ...] = ()
    is_repeat: bool = False
    """Whether it repeats the stage before it with somewhat more users, because that one could not be decided.
    Whoever has evidence passes it."""
    back: int | None = 0
    """The row it goes back to; none: there is no way back, a person decides."""

    @property
    def is_stayed_in(self) -> bool:
        """Whether it is kept once it is reached: for a time, for evidence, or until somebody agrees."""
        stay = self.stay
        waits = stay.minimum or stay.bake or stay.needs_evidence or stay.jobs or stay.asks
        return bool(waits or self.gates)


class Plan(Struct, frozen=True, kw_only=True):
    """What one run walks; it keeps its plan whatever happens to the file."""

    service: str
    strategy: str
    base: RevisionId | None
    """The last proven revision; none at the first deployment ever."""
    candidate: RevisionId
    stages: tuple[Stage, ...]
    promoted: int
    """The row from which all traffic is on the candidate."""
    limits: Limits
    guard: Guard = Guard()
    rollback: Rollback = Rollback()
    supports: Mapping[RevisionId, Mapping[str, SchemaRange]] = {}
    """Schema ranges of every revision that the plan knows."""
    schedules: Mapping[RevisionId, Schedule] = {}
    """Of every revision that may be the scheduled one."""
    carries: Mapping[RevisionId, tuple[str, ...]] = {}
    """Flags whose code each revision carries."""
    hooks: Hooks = Hooks()
    price_per_replica_hour: float | None = None
    drift: str = "hold"
    """What follows when other hands change something: `hold`, `revert` it, or `adopt` what can be."""
    group: str | None = None
    """The release that this plan is part of, when several services ship together."""


def compared_with(plan: Plan) -> RevisionId | None:
    """The revision that the candidate is compared with; none at the first deployment, or where only flags move."""
    return None if plan.base == plan.candidate else plan.base


def share_of(plan: Plan, stage: Stage, revision: RevisionId) -> Share:
    """The part of users, or of jobs, that a revision has at a stage: of jobs by its part of all replicas."""
    if plan.limits.kind == ServiceKind.HTTP:
        return stage.route.shares.get(revision, NONE)
    return of(stage.capacity.get(revision, 0), sum(stage.capacity.values()))


def has_users(plan: Plan, stage: Stage, revision: RevisionId) -> bool:
    """Whether a revision has a share, or users who were chosen for it."""
    is_chosen = any(rule.revision == revision for rule in stage.route.users)
    return is_chosen or share_of(plan, stage, revision) > NONE
