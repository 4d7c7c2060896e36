"""What a service's journal folds to."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.engine.agenda import Agenda
from shipway.model.action import Action
from shipway.model.command import Command
from shipway.model.past import Past
from shipway.model.past_release import PastStage
from shipway.model.phase import Phase
from shipway.model.plan import Plan, Stage
from shipway.model.policy import Limits
from shipway.model.report import Report
from shipway.model.revision import RevisionId
from shipway.model.schedule import Schedule
from shipway.model.verdict import Verdict


class Pending(Struct, frozen=True, kw_only=True):
    """An intent that nobody saw applied yet: it is a possible state of the world."""

    key: str
    action: Action
    generation: int
    at: float


class TurnedBack(Struct, frozen=True, kw_only=True):
    """Where a run returns to, and why. Within a run it is for good."""

    row: int
    rule: str
    reason: str
    at: float
    first_bad_at: float | None = None


class Hold(Struct, frozen=True, kw_only=True):
    """Why a run waits."""

    rule: str
    reason: str
    at: float


class Asked(Struct, frozen=True, kw_only=True):
    """A hook that was called."""

    at: float = 0.0
    passed: bool | None = None
    """None while it has not answered."""
    detail: str = ""


class Run(Struct, frozen=True, kw_only=True):
    """One plan being walked. Times are epoch seconds on the store's clock."""

    id: int
    """The journal position at which it started."""
    plan: Plan
    planned: int = 0
    """Full capacity as a person wanted it last: other hands may give more, up to twice that, and never less."""
    by: str
    started_at: float
    row: int = 0
    entered_at: float = 0.0
    """When this row was entered, or its clocks were started again."""
    waited: float = 0.0
    """Seconds since then in which a backfill was paused: they do not count towards the deadline."""
    settled_at: float | None = None
    stayed_from: float | None = None
    """From when the stay counts: settled, or extended, or released since."""
    extensions: int = 0
    back: TurnedBack | None = None
    hold: Hold | None = None
    paused_at: float | None = None
    marks: Mapping[str, float] = {}
    """Conditions that hold, with when they began."""
    verdict: Verdict | None = None
    judged_at: float | None = None
    gates: Mapping[str, bool] = {}
    """By `row/gate`: what it answered."""
    gate_detail: str = ""
    hooks: Mapping[str, Asked] = {}
    """By `row/number` (`engine/hooks.py`)."""
    reports: tuple[Report, ...] = ()
    """Harm that somebody reported and nobody has overruled."""
    promote: str = ""
    """`stage` or `all` while somebody's wish to go on early is open."""
    back_to: int | None = None
    """A row that somebody asked to go back to."""
    back_reason: str = ""
    go_on: bool = False
    """Somebody asked to go on after a hold."""
    blocked: Mapping[str, str] = {}
    """By key: what cannot be had before somebody has done what the error says."""
    drift: tuple[str, ...] = ()
    """What other hands changed and nobody has accepted to be overwritten."""
    accepted: tuple[str, ...] = ()
    """What is being overwritten."""
    adopted: str = ""
    """What other hands changed last that is the service's own now."""
    recovered_at: float | None = None
    extra: float = 0.0
    """Replica-seconds beyond full capacity until `extra_from` (`engine/spending.py`)."""
    extra_from: float = 0.0
    extra_now: int = 0
    """How many such replicas run since then."""
    met: tuple[PastStage, ...] = ()
    """The stages so far in which users met the candidate."""
    met_until: float | None = None
    """When it first turned back."""

    @property
    def stage(self) -> Stage:
        """The row that is converged to."""
        return self.plan.stages[self.row]


PAST_MAX = 400
"""Ended runs that the fold keeps; a journal that was compacted has no more of them either. A release each working
day is a year and a half of them, a quarter of a megabyte."""


class ServiceState(Struct, frozen=True, kw_only=True):
    """Everything the engine knows of a service without looking at the world."""

    service: str
    position: int = 0
    run: Run | None = None
    proven: RevisionId | None = None
    former: RevisionId | None = None
    """What was proven before `proven`."""
    replicas: int = 0
    is_down: bool = False
    is_overwriting: bool = False
    """While no run is under way: what other hands changed may be overwritten."""
    rest: Stage = Stage(name="rest")
    """Where the service stays while no run is under way."""
    limits: Limits = Limits(replicas=1)
    agenda: Agenda = Agenda()
    """Where jobs are started at instants."""
    schedules: Mapping[RevisionId, Schedule] = {}
    """Of the revisions that the newest plan knows."""
    schema: Mapping[str, Phase] = {}
    """By schema change: how far it was ever seen to be, by a stage that was reached."""
    pending: tuple[Pending, ...] = ()
    latest: Mapping[str, Pending] = {}
    """The newest intent of each key, applied or not."""
    failures: Mapping[str, str] = {}
    """By key: the last error, until an effect of the key is seen applied."""
    read: int = 0
    """The number of the last command taken from the inbox."""
    queue: tuple[tuple[int, str, Command], ...] = ()
    """Deploys that wait for the run's end: number, who, what."""
    past: tuple[Past, ...] = ()
