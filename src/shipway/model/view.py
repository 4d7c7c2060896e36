"""What people are shown of a service: one value, made after each tick, the same for every command.

Light on purpose: `shipway status` loads this and little else.
"""

from collections.abc import Mapping

from msgspec import Struct

from shipway.model.certificate import Certificate
from shipway.model.fleet import Usage
from shipway.model.job import Job
from shipway.model.past import Past
from shipway.model.plan import Plan
from shipway.model.revision import RevisionId
from shipway.model.schedule import Schedule
from shipway.model.service_kind import ServiceKind
from shipway.model.share import NONE, Share
from shipway.model.verdict import Verdict
from shipway.model.wait import Wait


class RevisionView(Struct, frozen=True, kw_only=True):
    """One revision as it is now."""

    id: RevisionId
    version: str
    role: str
    """`stable`, `candidate` or `former`."""
    ready: int = 0
    running: int = 0
    wanted: int = 0
    share_lowest: Share = NONE
    share_highest: Share = NONE
    requests_per_second: float | None = None
    error_rate: float | None = None
    copied: Share = NONE
    """The share of users' requests of which it gets a copy."""
    copies_per_second: float | None = None
    copies_error_rate: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    usage: Usage | None = None
    """Where the platform knows it; sums are since the controller began to look."""
    details: tuple[str, ...] = ()
    """Why replicas are not ready, a few words each."""


class RunView(Struct, frozen=True, kw_only=True):
    """The release under way."""

    id: int
    plan: Plan
    row: int
    by: str
    started_at: float
    entered_at: float
    settled_at: float | None
    stays_until: float | None
    deadline_at: float | None
    going_back: str = ""
    """Why it goes back; empty while it goes forward."""
    back_rule: str = ""
    """The name of the rule that turned it back."""
    turned_at: float | None = None
    recovered_at: float | None = None
    hold: str = ""
    hold_rule: str = ""
    is_paused: bool = False
    adopted: str = ""
    """What other hands changed last that is the service's own now."""
    rule: str = ""
    reason: str = ""
    verdict: Verdict | None = None
    metrics: Mapping[str, Verdict] = {}
    """What each metric of `guard.metrics` says by itself."""
    calibration: str = ""
    """What the guard knew of the service's own errors when the run began."""


class JobsView(Struct, frozen=True, kw_only=True):
    """Scheduled jobs of a service. Times are epoch seconds."""

    revision: RevisionId | None = None
    """Whose jobs are next; none: no job is."""
    schedule: Schedule | None = None
    next: tuple[float, ...] = ()
    open: tuple[Job, ...] = ()
    past: tuple[Job, ...] = ()
    """The newest last."""


class ChangeView(Struct, frozen=True, kw_only=True):
    """A schema change that the release under way moves."""

    change: str
    phase: str
    """In a word; empty while the database is not seen."""
    wanted: str
    """By the stage under way."""
    filled: float | None = None
    """The part of the rows that is filled, where that is under way."""
    seconds_left: float | None = None
    """Until all are, at the speed so far."""
    waits: Wait | None = None
    """Why its backfill is paused, and since when."""
    said: str = ""
    """Why it does not get on."""


class View(Struct, frozen=True, kw_only=True):
    """A service at an instant."""

    service: str
    kind: ServiceKind = ServiceKind.HTTP
    at: float
    position: int
    proven: RevisionId | None
    former: RevisionId | None
    replicas: int
    is_down: bool
    run: RunView | None = None
    revisions: tuple[RevisionView, ...] = ()
    jobs: JobsView | None = None
    """Where they are started at instants."""
    schema: tuple[ChangeView, ...] = ()
    foreign: tuple[str, ...] = ()
    unreachable: Mapping[str, str] = {}
    failures: Mapping[str, str] = {}
    queued: int = 0
    last: Past | None = None
    address: str = ""
    preview: str = ""
    certificate: Certificate | None = None
    problems: tuple[str, ...] = ()
    """What the data plane tells is not as it should be, though it serves."""
    steady_after: float | None = None
    """Seconds from the start of a replica to steady, as last seen on the newest one."""
