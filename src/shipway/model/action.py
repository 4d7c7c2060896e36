"""What the engine may do: absolute values, never deltas. The key says what an action competes with."""

from msgspec import Struct

from shipway.model.phase import Phase
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.share import Share

JOBS = "jobs"
"""The key of all jobs of a service: a newer intent fences every older one."""


class Prepare(Struct, frozen=True, tag=True):
    """Make a revision startable, once."""

    revision: RevisionId


class Scale(Struct, frozen=True, tag=True):
    """Have at least this many replicas that do not drain; draining ones are taken back first. Stops none."""

    revision: RevisionId
    replicas: int


class Drain(Struct, frozen=True, tag=True):
    """Keep this many at most; the rest, named here, gets no new work."""

    revision: RevisionId
    replicas: tuple[str, ...]


class Stop(Struct, frozen=True, tag=True):
    """Stop these replicas; the platform refuses any that was not drained."""

    revision: RevisionId
    replicas: tuple[str, ...]


class SetRoute(Struct, frozen=True, tag=True):
    """Divide requests this way."""

    route: Route


class Publish(Struct, frozen=True, tag=True):
    """Tell the data plane these endpoints."""

    endpoints: tuple[Endpoint, ...]


class Expose(Struct, frozen=True, tag=True):
    """Show a flag to this share of users."""

    flag: str
    share: Share


class Advance(Struct, frozen=True, tag=True):
    """Bring a schema change to at least this phase."""

    change: str
    phase: Phase


class StartJob(Struct, frozen=True, tag=True):
    """Have this job begin, on this revision, unless it has begun already."""

    revision: RevisionId
    job: str


class EndJob(Struct, frozen=True, tag=True):
    """Never begin this job; with `running` end it too, if it has begun."""

    job: str
    running: bool


Action = Prepare | Scale | Drain | Stop | SetRoute | Publish | Expose | Advance | StartJob | EndJob


def key_of(action: Action) -> str:
    """One intent at a time per key: a newer generation of the same key fences an older one."""
    match action:
        case Prepare(revision):
            return f"prepare:{revision}"
        case Scale(revision, _) | Drain(revision, _) | Stop(revision, _):
            return f"capacity:{revision}"
        case SetRoute():
            return "route"
        case Publish():
            return "endpoints"
        case Expose(flag, _):
            return f"flag:{flag}"
        case Advance(change, _):
            return f"schema:{change}"
        case StartJob() | EndJob():
            return JOBS
