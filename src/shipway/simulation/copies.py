"""One simulated replica, as it truly is and as others see it."""

from dataclasses import dataclass

from shipway.model.fleet import Replica
from shipway.model.revision import RevisionId


@dataclass
class Copy:
    """One replica as it truly is."""

    id: str
    revision: RevisionId
    address: str
    started_at: float
    generation: int = 0
    is_ready: bool = False
    is_alive: bool = True
    is_ending: bool = False
    is_stale: bool = False
    machine: int = 0
    lost_since: float | None = None
    """Since when its machine does not answer."""
    ready_since: float | None = None
    sick_since: float | None = None
    crashed_at: float = float("-inf")
    """When it last stopped answering, or its machine did."""
    was_ready: bool = False
    cold: str = ""
    restarts: int = 0
    draining_since: float | None = None
    job_until: float = float("-inf")
    """When the job is done that was in hand as it was told to stop."""
    life: int = 0
    """Grows with each start, so that plans for an earlier life are void."""

    @property
    def is_seen_ready(self) -> bool:
        """Whether it answers, as far as anybody can tell."""
        return self.is_ready and self.lost_since is None

    @property
    def is_given_up(self) -> bool:
        """Whether it was told to end on a machine that does not answer: nobody waits for it."""
        return self.is_ending and self.lost_since is not None


def as_replica(copy: Copy) -> Replica:
    """As its platform tells of it."""
    return Replica(
        id=copy.id,
        revision=copy.revision,
        address=copy.address,
        alive=copy.is_alive,
        ready=copy.is_seen_ready,
        ready_since=copy.ready_since if copy.lost_since is None else None,
        sick_since=copy.sick_since if copy.lost_since is None else None,
        lost_since=copy.lost_since,
        is_ending=copy.is_ending,
        started_at=copy.started_at,
        restarts=copy.restarts,
        stale=copy.is_stale,
        draining_since=copy.draining_since,
        generation=copy.generation,
        cold=copy.cold,
        detail=_detail(copy),
    )


def _detail(copy: Copy) -> str:
    if copy.lost_since is not None:
        return f"machine {copy.machine} has not answered since {copy.lost_since:.0f} s"
    if copy.is_ready:
        return ""
    return "/health/ready answers 503" if copy.is_alive and not copy.restarts else "exited with status 3"
