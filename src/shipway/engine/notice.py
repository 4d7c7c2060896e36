"""What a look at the world tells the journal: intents that were applied, rows reached or lost, conditions."""

from collections.abc import Iterator

from shipway.engine import adopting, backfilling
from shipway.engine.reached import base_is_dead, flags_are_there, is_reached, traffic_is_there
from shipway.engine.state import Run, ServiceState
from shipway.engine.world import World
from shipway.model.action import JOBS, Action, Drain, Expose, Prepare, Scale, SetRoute, Stop
from shipway.model.event import (
    Cleared,
    DriftAccepted,
    DriftAdopted,
    DriftSeen,
    Event,
    Judged,
    Marked,
    Recovered,
    Settled,
    StageLost,
    StageSettled,
)
from shipway.model.observed import Observed
from shipway.model.share import NONE, percent
from shipway.model.verdict import Kind, Severity, Verdict


def applied(state: ServiceState, observed: Observed) -> Iterator[Event]:
    """Intents that the ports report as applied, or as fenced by a newer one."""
    newest: dict[str, int] = {}
    for intent in state.pending:
        if intent.generation <= _generation(observed, intent.key):
            newest[intent.key] = max(newest.get(intent.key, 0), intent.generation)
    for key, generation in newest.items():
        yield Settled(key=key, generation=generation)


def _generation(observed: Observed, key: str) -> int:
    if key == JOBS:
        return observed.jobs.generation if observed.jobs else 0
    if key == "route":
        return observed.routing.generation if observed.routing else 0
    if key == "endpoints":
        return observed.routing.endpoints_generation if observed.routing else 0
    if key.startswith("flag:"):
        return observed.exposure.generations.get(key, 0) if observed.exposure else 0
    if key.startswith("schema:"):
        return observed.schema.generations.get(key, 0) if observed.schema else 0
    return observed.fleet.generations.get(key, 0) if observed.fleet else 0


def noticed(run: Run, world: World, verdict: Verdict) -> Iterator[Event]:
    """What changed since the last look, as far as the run is concerned."""
    yield from _judged(run, verdict)
    yield from _marked(run, "dead", base_is_dead(run.plan, world))
    harm = verdict.severity if verdict.kind == Kind.HARMFUL else None
    yield from _medium(run, harm, verdict.kind == Kind.BLIND, world.now)
    yield from _low(run, harm, world.now)
    yield from _marked(run, "blind", verdict.kind == Kind.BLIND)
    yield from _marked(run, "unseen", run.settled_at is not None and not world.is_seen)
    yield from _marked(run, backfilling.WAITS, backfilling.paused(world) is not None)
    drifted = tuple(_drifted(run, world))
    yield from drifted
    if any(isinstance(each, DriftAdopted) for each in drifted):
        return  # the rows are others now
    yield from _recovered(run, world)
    yield from _reached(run, world)


def _judged(run: Run, verdict: Verdict) -> Iterator[Event]:
    before = run.verdict
    if before is None or (before.kind, before.severity) != (verdict.kind, verdict.severity):
        yield Judged(verdict=verdict)


def _marked(run: Run, name: str, holds: bool) -> Iterator[Event]:
    if holds and name not in run.marks:
        yield Marked(name=name)
    if not holds and name in run.marks:
        yield Cleared(name=name)


def _medium(run: Run, harm: Severity | None, is_blind: bool, now: float) -> Iterator[Event]:
    """It begins at once, and is over when something else was seen for a while; blindness sees nothing else."""
    is_medium, was_medium = harm == Severity.MEDIUM, "medium" in run.marks
    began = run.marks.get("clearing")
    is_over = was_medium and not is_medium and began is not None and now - began >= run.plan.guard.medium_clear
    if is_over and not is_blind:
        yield Cleared(name="medium")
    elif is_medium:
        yield from _marked(run, "medium", True)
    yield from _marked(run, "clearing", was_medium and not is_medium and not is_blind and not is_over)


def _low(run: Run, harm: Severity | None, now: float) -> Iterator[Event]:
    """Low harm stays open for its patience, also where a later stage no longer shows it."""
    began = run.marks.get("low")
    if began is None and harm == Severity.LOW:
        yield Marked(name="low")
    if began is not None and now - began >= run.plan.guard.low_patience:
        yield Cleared(name="low")


def foreign(observed: Observed) -> tuple[str, ...]:
    """What other hands changed, as the ports tell it."""
    fleet = observed.fleet.foreign if observed.fleet else ()
    routing = observed.routing.foreign if observed.routing else ()
    return (*fleet, *routing)


def is_foreign(action: Action, observed: Observed) -> bool:
    """Whether an action would overwrite what other hands changed."""
    match action:
        case Prepare() | Scale() | Drain() | Stop():
            return observed.fleet is None or bool(observed.fleet.foreign)
        case SetRoute():
            return observed.routing is None or bool(observed.routing.foreign)
        case _:
            return False


def _drifted(run: Run, world: World) -> Iterator[Event]:
    seen = (*foreign(world.observed), *_flag_changed(world))
    new = [what for what in seen if what not in run.drift and what not in run.accepted]
    adopted = adopting.adopted(run, world, new)
    if adopted is not None:
        # The others are looked at again once the rows are those of the new number.
        yield DriftSeen(what=adopted.what)
        yield adopted
        return
    for what in new:
        yield DriftSeen(what=what)
    if new and run.plan.drift == "revert":
        yield DriftAccepted(by="the release file's drift policy")
    if not seen and world.is_seen and (run.drift or run.accepted):
        yield Cleared(name="drift")


def _flag_changed(world: World) -> Iterator[str]:
    """What somebody did to the flag of a ramp after it was brought to its share."""
    flag, exposure = world.wanted.ramp, world.observed.exposure
    raised = world.latest.get(f"flag:{flag}")
    if raised is None or exposure is None or world.is_going_back:
        return
    wanted, seen = world.wanted.flags[flag], exposure.shares.get(flag, NONE)
    was_there = (
        raised.action == Expose(flag, wanted) and exposure.generations.get(raised.key, 0) >= raised.generation
    )
    if was_there and seen != wanted:
        by = f" ({exposure.by[flag]})" if flag in exposure.by else ""
        yield f"{flag} is shown to {percent(seen)} of users, not to {percent(wanted)}{by}"


def _recovered(run: Run, world: World) -> Iterator[Event]:
    """After turning back: no proxy sends, or may send, more to the candidate than the row says; where replicas
    fetch jobs, no more of the candidate's are there."""
    if run.back is None or run.recovered_at is not None or not world.is_seen:
        return
    candidate = run.plan.candidate
    if world.has_jobs:
        starting = [job for job in world.jobs(candidate) if job.started_at is None]
        if world.agenda.revision != candidate and not starting:
            yield Recovered()
        return
    if not world.has_traffic:
        if len(world.replicas(candidate)) <= world.wanted.capacity.get(candidate, 0):
            yield Recovered()
        return
    if not flags_are_there(world):
        return
    left = world.highest(candidate) <= world.wanted.route.shares.get(candidate, NONE)
    if left and (traffic_is_there(world) or not world.names_users(candidate)):
        yield Recovered()


def _reached(run: Run, world: World) -> Iterator[Event]:
    reached = is_reached(run.plan, run.row, world)
    if reached and run.settled_at is None:
        yield StageSettled(row=run.row)
    is_seen = world.is_seen and (not run.stage.ramp or world.observed.exposure is not None)
    if not reached and run.settled_at is not None and is_seen:
        yield StageLost(row=run.row)
