"""The world as one service's state and one look make it."""

from shipway.engine import following
from shipway.engine.state import ServiceState
from shipway.engine.world import World
from shipway.model.observed import Observed
from shipway.model.revision import RevisionId


def world_of(state: ServiceState, observed: Observed) -> World:
    """The run's row is wanted while a run is under way, the resting state otherwise."""
    run = state.run
    scaled = observed.fleet.scaled if observed.fleet else ()
    world = World(
        observed,
        following.with_more(run.stage if run else state.rest, scaled),
        limits=state.limits,
        pending=state.pending,
        latest=state.latest,
        is_going_back=bool(run and run.back),
    )
    world.failures = state.failures
    if world.has_jobs:
        in_force = state.agenda.revision
        schedule = state.schedules.get(in_force) if in_force else None
        world.scheduling(state.agenda, schedule, _startable(state))
    return world.knowing(run.plan.supports, run.plan.carries, state.schema) if run else world


def _startable(state: ServiceState) -> tuple[RevisionId, ...]:
    """Both revisions of the run, so that a take-back finds its own prepared; otherwise the one that rests."""
    named = (state.run.plan.base, state.run.plan.candidate) if state.run else tuple(state.rest.capacity)
    return tuple(dict.fromkeys(revision for revision in named if revision is not None))
