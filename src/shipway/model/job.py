"""One job of a scheduled service: at an instant a command is started once, and it ends."""

from enum import StrEnum

from msgspec import Struct

from shipway.model.revision import RevisionId


class Outcome(StrEnum):
    """How a job ended."""

    OK = "ok"
    """Exit code 0."""
    FAILED = "failed"
    TIMED_OUT = "timed out"
    STOPPED = "stopped"
    """We ended it: another one replaced it, or the service went down."""
    INTERRUPTED = "interrupted"
    """It ended with the machine, or by other hands: nobody knows how far it came."""
    WITHDRAWN = "withdrawn"
    """It was asked for and taken back before it began; it will never begin."""
    LOST = "lost"
    """The platform knows nothing of it any more."""
    MISSED = "missed"
    """It never began, and is not begun any more."""
    SKIPPED = "skipped"
    """The policy for overlapping or late jobs left this instant out."""


DONE = frozenset((Outcome.OK, Outcome.FAILED, Outcome.TIMED_OUT))
"""Ends that say something about the version."""
BAD = frozenset((Outcome.FAILED, Outcome.TIMED_OUT))


class Cause(StrEnum):
    """Why there is a job."""

    SCHEDULE = "schedule"
    HAND = "hand"
    """Somebody asked for it."""
    RERUN = "rerun"
    """Its instant's job failed on a revision that was taken back."""


class JobSeen(Struct, frozen=True, kw_only=True):
    """A job as its platform reports it. Times are epoch seconds."""

    id: str
    revision: RevisionId
    started_at: float | None = None
    """None while it was accepted and has not begun."""
    ended_at: float | None = None
    outcome: Outcome | None = None
    """None until it has ended."""
    exit_code: int | None = None
    """Minus the signal's number where one ended it."""
    detail: str = ""
    """The last line that it printed, where it failed."""


class JobsSeen(Struct, frozen=True, kw_only=True):
    """All jobs that the platform still knows."""

    at: float
    generation: int = 0
    """The newest that the platform applied."""
    jobs: tuple[JobSeen, ...] = ()


class Job(Struct, frozen=True, kw_only=True):
    """A job as the journal knows it."""

    id: str
    at: float
    """The instant that it is for."""
    cause: Cause = Cause.SCHEDULE
    by: str = ""
    """Who asked for it, where somebody did."""
    revision: RevisionId | None = None
    """On which it was asked to start last, then on which it did."""
    generation: int = 0
    """Of the newest intent to start it; 0: there is none."""
    asked_at: float | None = None
    ending_at: float | None = None
    """When its end was asked for last."""
    started_at: float | None = None
    ended_at: float | None = None
    outcome: Outcome | None = None
    exit_code: int | None = None
    detail: str = ""
    count: int = 1
    """Of instants, where several in a row were skipped for one reason."""

    @property
    def seconds(self) -> float | None:
        """How long it ran."""
        return None if self.started_at is None or self.ended_at is None else self.ended_at - self.started_at
