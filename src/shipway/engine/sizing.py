"""A service whose full capacity is another one from now on, during a release too."""

from msgspec.structs import replace

from shipway.engine.state import ServiceState
from shipway.model.event import DriftAdopted
from shipway.planning.resize import resize


def sized(state: ServiceState, replicas: int, *, at: float) -> ServiceState:
    """Each row of a release under way in proportion, and what the service rests in.

    Nodes may come and go all the time: a stage that was not reached yet has no more time for it.
    """
    rest = replace(state.rest, capacity={state.proven: replicas}) if state.proven else state.rest
    state = replace(state, replicas=replicas, rest=rest)
    if state.run is None:
        return replace(state, limits=replace(state.limits, replicas=replicas, total=0))
    plan = resize(state.run.plan, replicas)
    is_same_entry = plan.limits.per_node and state.run.settled_at is None
    run = replace(state.run, plan=plan, settled_at=None, entered_at=state.run.entered_at if is_same_entry else at)
    return replace(state, run=run, limits=plan.limits)


def adopted(state: ServiceState, happened: DriftAdopted, *, at: float) -> ServiceState:
    """What other hands changed is not put back any more."""
    run = state.run
    if run is None:
        return state
    run = replace(
        run,
        drift=tuple(what for what in run.drift if what != happened.what),
        accepted=(*run.accepted, happened.what),
        adopted=f"{happened.replicas} replicas, as {happened.by} said",
    )
    is_same = happened.replicas == run.plan.limits.replicas
    return replace(state, run=run) if is_same else sized(replace(state, run=run), happened.replicas, at=at)
