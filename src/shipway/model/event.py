"""What the journal holds. A service's state is a fold over these, so each says all that the fold needs."""

from msgspec import Raw, Struct

from shipway.model.action import Action
from shipway.model.command import Command
from shipway.model.job import Cause, Outcome
from shipway.model.plan import Plan
from shipway.model.revision import RevisionId
from shipway.model.verdict import Verdict


class CommandRead(Struct, frozen=True, kw_only=True, tag=True):
    """The owner has taken a command from the inbox; `refused` says why nothing follows from it."""

    id: int
    by: str
    command: Command
    refused: str = ""
    where: str = ""
    why: str = ""
    fix: str = ""


class RunStarted(Struct, frozen=True, kw_only=True, tag=True):
    """A run begins: towards row 1 of its plan, with row 0 to go back to."""

    plan: Plan
    by: str
    command: int = 0
    """The number of the command that asked for it."""
    reason: str = ""


class RunEnded(Struct, frozen=True, kw_only=True, tag=True):
    """`finished`, `rolled-back`, `superseded` or `ended` (the service went down)."""

    outcome: str
    reason: str = ""


class StageEntered(Struct, frozen=True, kw_only=True, tag=True):
    """The engine now converges forward to this row."""

    row: int
    rule: str
    reason: str = ""


class StageSettled(Struct, frozen=True, kw_only=True, tag=True):
    """The row was observed to be reached."""

    row: int


class StageLost(Struct, frozen=True, kw_only=True, tag=True):
    """A settled row is no longer what is observed."""

    row: int
    reason: str = ""


class WentBack(Struct, frozen=True, kw_only=True, tag=True):
    """The run turns back, for good, to this row."""

    row: int
    rule: str
    reason: str
    first_bad_at: float | None = None


class Recovered(Struct, frozen=True, kw_only=True, tag=True):
    """After a take-back: all traffic was confirmed away from the candidate."""


class Held(Struct, frozen=True, kw_only=True, tag=True):
    """The run waits for a person, or for its cause to clear; it keeps converging to its row."""

    rule: str
    reason: str


class Released(Struct, frozen=True, kw_only=True, tag=True):
    """A hold is over; the stage's clocks start again."""

    reason: str


class Paused(Struct, frozen=True, kw_only=True, tag=True):
    """Promotion stops; the guard stays armed."""

    by: str


class Unpaused(Struct, frozen=True, kw_only=True, tag=True):
    """Promotion goes on."""

    by: str


class Extended(Struct, frozen=True, kw_only=True, tag=True):
    """The stage's stay begins again because the evidence was not enough."""

    reason: str


class Marked(Struct, frozen=True, kw_only=True, tag=True):
    """A condition began: `dead` (stable), `medium`, `blind`, `backfill-paused`."""

    name: str


class Cleared(Struct, frozen=True, kw_only=True, tag=True):
    """That condition is over; `drift` too can be cleared."""

    name: str


class Judged(Struct, frozen=True, kw_only=True, tag=True):
    """The verdict's kind or severity changed."""

    verdict: Verdict


class GateAnswered(Struct, frozen=True, kw_only=True, tag=True):
    """A gate of the current stage said yes or no."""

    row: int
    gate: int
    passed: bool
    detail: str = ""


class HookCalled(Struct, frozen=True, kw_only=True, tag=True):
    """Written before a hook is called; row -1 is the way back. Again, where a successor cannot see the answer."""

    row: int
    number: int


class HookAnswered(Struct, frozen=True, kw_only=True, tag=True):
    """What came of a hook."""

    row: int
    number: int
    passed: bool
    detail: str = ""


class Intended(Struct, frozen=True, kw_only=True, tag=True):
    """Written before an effect. The position of this entry is the effect's generation."""

    key: str
    action: Action


class Settled(Struct, frozen=True, kw_only=True, tag=True):
    """The world was seen to have applied this generation of a key, or a newer one."""

    key: str
    generation: int


class Failed(Struct, frozen=True, kw_only=True, tag=True):
    """A port refused an effect or could not be reached; it may have been applied all the same."""

    key: str
    generation: int
    error: str
    needs_person: bool = False
    """Whether trying again helps only once somebody has done what the error says."""


class DriftSeen(Struct, frozen=True, kw_only=True, tag=True):
    """Other hands changed something."""

    what: str


class DriftAccepted(Struct, frozen=True, kw_only=True, tag=True):
    """A person, or the policy, lets Shipway overwrite it."""

    by: str


class DriftAdopted(Struct, frozen=True, kw_only=True, tag=True):
    """A number of replicas that other hands changed is the service's from now on, by the release file's policy."""

    what: str
    by: str
    """Who or what changed it."""
    replicas: int
    """Full capacity from now on."""


class Proven(Struct, frozen=True, kw_only=True, tag=True):
    """This revision carried all traffic at full capacity, confirmed. Take-backs end at it from now on."""

    revision: RevisionId | None


class Resized(Struct, frozen=True, kw_only=True, tag=True):
    """Full capacity is now this many replicas; 0 means the service is down."""

    replicas: int
    by: str


class Compacted(Struct, frozen=True, kw_only=True, tag=True):
    """All entries until here, folded. Its own entry has the position and time of the last that it stands for."""

    state: Raw
    """`engine.state.ServiceState` as JSON."""


class JobsFrom(Struct, frozen=True, kw_only=True, tag=True):
    """From `since` on jobs are started by the schedule of this revision, and of it; none: no job is."""

    revision: RevisionId | None
    since: float
    reason: str = ""


class JobDue(Struct, frozen=True, kw_only=True, tag=True):
    """There is to be a job for this instant."""

    job: str
    at: float
    cause: Cause = Cause.SCHEDULE
    by: str = ""


class JobsSkipped(Struct, frozen=True, kw_only=True, tag=True):
    """There is no job for the instants up to this one."""

    job: str
    """The newest of them."""
    at: float
    reason: str
    count: int = 1


class JobStarted(Struct, frozen=True, kw_only=True, tag=True):
    """A job was seen to have begun."""

    job: str
    revision: RevisionId
    at: float


class JobEnded(Struct, frozen=True, kw_only=True, tag=True):
    """A job was seen to have ended, or is known never to begin."""

    job: str
    outcome: Outcome
    at: float
    exit_code: int | None = None
    detail: str = ""


Event = (
    CommandRead
    | RunStarted
    | RunEnded
    | StageEntered
    | StageSettled
    | StageLost
    | WentBack
    | Recovered
    | Held
    | Released
    | Paused
    | Unpaused
    | Extended
    | Marked
    | Cleared
    | Judged
    | GateAnswered
    | HookCalled
    | HookAnswered
    | Intended
    | Settled
    | Failed
    | DriftSeen
    | DriftAccepted
    | DriftAdopted
    | Proven
    | Resized
    | Compacted
    | JobsFrom
    | JobDue
    | JobsSkipped
    | JobStarted
    | JobEnded
)


class Entry(Struct, frozen=True):
    """One event in a service's journal, on the store's clock."""

    position: int
    """1, 2, 3, … without gaps; a compacted journal begins later."""
    at: float
    event: Event
