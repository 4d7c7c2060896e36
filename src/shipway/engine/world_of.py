"""The world as one service's state and one look make it."""

from shipway.engine.state import ServiceState
from shipway.engine.world import World
from shipway.model.observed import Observed


def world_of(state: ServiceState, observed: Observed) -> World:
    """The run's row is wanted while a run is under way, the resting state otherwise."""
    run = state.run
    world = World(
        observed,
        run.stage if run else state.rest,
        limits=state.limits,
        pending=state.pending,
        latest=state.latest,
        is_going_back=bool(run and run.back),
    )
    return world.knowing(run.plan.supports, run.plan.carries) if run else world
