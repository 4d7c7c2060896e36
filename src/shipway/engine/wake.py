"""When to look again: at the next thing that can happen, so that ten thousand waiting runs cost a heap."""

from collections.abc import Iterator

from shipway.engine import hooks
from shipway.engine.agenda import Agenda
from shipway.engine.guard import Evidence
from shipway.engine.instants import following
from shipway.engine.scheduling import schedule_of
from shipway.engine.state import Run, ServiceState
from shipway.model.job import Job
from shipway.model.observed import Observed

SOON_SECONDS = 0.1
"""While something was just asked for."""
LATER_SECONDS = 1.0
"""The longest pause while a stage is not reached."""
JOB_SECONDS = 5.0
"""Between two looks at a job that runs for long."""
REST_SECONDS = 10.0
"""Between two looks at a service without a run."""


def wake_at(state: ServiceState, evidence: Evidence, observed: Observed, *, now: float, acted: bool) -> float:
    """Epoch seconds of the next look."""
    if acted:
        return now + SOON_SECONDS
    return min(_for_the_run(state, evidence, observed, now=now), _for_jobs(state, now=now))


def _for_jobs(state: ServiceState, *, now: float) -> float:
    """At the next instant, and while a job is open: soon at first, and at least so often that its end is seen."""
    schedule = schedule_of(state)
    instant = following(schedule, max(now, state.agenda.cursor)) if schedule else None
    looks = [now + _patience(state.agenda, job, now) for job in state.agenda.open]
    return min([*looks, float("inf") if instant is None else instant])


def _patience(agenda: Agenda, job: Job, now: float) -> float:
    """While another one waits for its end, that is seen within a second."""
    longest = JOB_SECONDS if len(agenda.open) == 1 and job.started_at is not None else LATER_SECONDS
    return min(longest, max(SOON_SECONDS, (now - (job.started_at or job.asked_at or now)) / 5))


def _for_the_run(state: ServiceState, evidence: Evidence, observed: Observed, *, now: float) -> float:
    asked = max((intent.at for intent in state.latest.values()), default=float("-inf"))
    if state.run is None:
        return _look(state, observed, now=now, waited=now - asked, longest=REST_SECONDS)
    called = hooks.waiting_since(state.run)
    if called is not None:
        return _look(state, observed, now=now, waited=now - called, longest=LATER_SECONDS)
    if state.run.settled_at is None or state.pending or observed.unreachable:
        waited = now - max(asked, state.run.entered_at)
        return _look(state, observed, now=now, waited=waited, longest=LATER_SECONDS)
    return max(now + SOON_SECONDS, min(_ends(state.run), _looks(state.run, evidence, now)))


def _look(state: ServiceState, observed: Observed, *, now: float, waited: float, longest: float) -> float:
    """At what is known to come; else after a fifth of the wait so far: quick at first, rare at last."""
    known = (instant for instant in _instants(state, observed) if instant > now)
    return min(now + min(longest, max(SOON_SECONDS, waited / 5)), min(known, default=float("inf")))


def _instants(state: ServiceState, observed: Observed) -> Iterator[float]:
    """When replicas become steady, when drained ones may stop, when traffic will have stayed long enough."""
    for replica in observed.fleet.replicas if observed.fleet else ():
        if replica.ready_since is not None:
            yield replica.ready_since + state.limits.steady
        if replica.draining_since is not None:
            yield replica.draining_since + state.limits.drain_quiet
    if "route" in state.latest:
        yield state.latest["route"].at + state.limits.settle


def _ends(run: Run) -> float:
    """When the stay is over."""
    if run.hold or run.paused_at is not None:
        return float("inf")
    stay = run.stage.stay
    return (run.stayed_from or 0.0) + max(stay.minimum, stay.bake)


def _looks(run: Run, evidence: Evidence, now: float) -> float:
    """When the metrics and the replicas are looked at again."""
    last = evidence.at if evidence.run == run.id else now
    following = last + run.plan.guard.interval
    return following if following > now else now + run.plan.guard.interval
