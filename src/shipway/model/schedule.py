"""When the jobs of a revision are started, and what follows when that cannot be done. Times in seconds."""

from enum import StrEnum

from msgspec import Struct

HOUR = 3600.0


class Overlap(StrEnum):
    """What happens at an instant while an earlier job still runs."""

    SKIP = "skip"
    """No job for this instant. Kubernetes says Forbid."""
    QUEUE = "queue"
    """The job waits for the other's end; one may wait."""
    REPLACE = "replace"
    """The other is ended, then this one starts. Kubernetes says Replace."""
    ALLOW = "allow"
    """Both run side by side. Kubernetes says Allow."""


class Schedule(Struct, frozen=True, kw_only=True):
    """Part of a revision: a take-back returns to the former schedule too."""

    cron: str = ""
    """Five fields, as in a crontab; empty where `every` says it."""
    every: float | None = None
    """Seconds from one instant to the next, counted from the epoch, so that a release moves no instant."""
    timezone: str = "UTC"
    """In which the five fields are meant, by its name in the IANA database."""
    overlap: Overlap = Overlap.SKIP
    start_within: float = HOUR
    """A job that has not begun so long after its instant is not begun any more. After a time without a
    controller one job runs, for the newest instant that is not older than this."""
    time_limit: float = 24 * HOUR
    """A job that runs longer is ended, and has failed."""
    keep_ok: int = 10
    """Ended jobs whose logs are kept. Not part of a revision's identity."""
    keep_failed: int = 10
    rerun: bool = False
    """Whether a take-back runs the instant again whose job failed, on the former revision."""
