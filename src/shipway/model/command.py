"""What people and programs ask of a service; written to its inbox, read by its owner. Each is safe to repeat."""

from msgspec import Struct

from shipway.model.release import Release
from shipway.model.verdict import Severity


class Deploy(Struct, frozen=True, kw_only=True, tag=True):
    """Ship a revision. `during` says what happens when a run is under way."""

    release: Release
    during: str = "supersede"
    """`supersede`, `queue` or `refuse`."""


class Pause(Struct, frozen=True, kw_only=True, tag=True):
    """Stop promotion; the guard stays armed."""


class Resume(Struct, frozen=True, kw_only=True, tag=True):
    """End a pause, or go on after a hold."""


class Promote(Struct, frozen=True, kw_only=True, tag=True):
    """Leave this stage now, or with `all` go to full traffic."""

    all: bool = False


class Back(Struct, frozen=True, kw_only=True, tag=True):
    """Go back to a row; 0 takes the release back."""

    stage: int = 0
    reason: str = ""


class Rollback(Struct, frozen=True, kw_only=True, tag=True):
    """Return to a kept revision, or to the former one, as fast as is safe."""

    release: Release | None = None
    """The revision to return to, with how; none: the run's own row 0."""
    reason: str = ""


class ReportHarm(Struct, frozen=True, kw_only=True, tag=True):
    """The candidate of the run under way hurts users: it counts as a verdict of this severity."""

    severity: Severity
    reason: str
    by: str = ""
    """Who saw it, if not whoever gives the command."""


class SetReplicas(Struct, frozen=True, kw_only=True, tag=True):
    """Change full capacity."""

    replicas: int


class Down(Struct, frozen=True, kw_only=True, tag=True):
    """Stop serving and stop every replica. Kept revisions stay."""


class RunJob(Struct, frozen=True, kw_only=True, tag=True):
    """Start a job of a scheduled service now, beside its schedule."""


class Accept(Struct, frozen=True, kw_only=True, tag=True):
    """Overwrite what other hands changed and go on."""


Command = Deploy | Pause | Resume | Promote | Back | Rollback | SetReplicas | Down | Accept | ReportHarm | RunJob


class Request(Struct, frozen=True, kw_only=True):
    """A command as it lies in the inbox."""

    id: int
    service: str
    at: float
    by: str
    command: Command
