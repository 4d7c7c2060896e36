"""What a take-back costs from each row: who is exposed meanwhile, how it goes back, and how fast.

An estimate, made before anything runs, from how long a replica was seen to need from its start to steady.
"""

from msgspec import Struct

from shipway.model.plan import Plan, Stage, share_of
from shipway.model.service_kind import ServiceKind
from shipway.model.share import NONE, Share

ROUTE_SECONDS = 0.2
"""From a decision until every proxy has confirmed new shares."""
FLAG_SECONDS = 1.0
"""From a decision until programs have a flag: they look at a file every second. A server tells them at once."""
DRAIN_SECONDS = 2.0
"""Until a replica that nobody asks any more has given up its place: quiet for a moment, then stopped."""


class TakeBack(Struct, frozen=True, kw_only=True):
    """From one row back to row 0."""

    exposed: Share = NONE
    """The share of users that the candidate serves there."""
    chosen: bool = False
    """Whether chosen users reach it too."""
    copies: bool = False
    """Whether copies of requests reach it."""
    seconds: float | None = 0.0
    """Until all traffic is back; none: there is no way back."""
    flag: str = ""
    """The flag that is taken down; the code stays."""
    starts: int = 0
    """How many replicas must be started first; 0: it is traffic only."""


def take_back(plan: Plan, row: int, *, start_seconds: float) -> TakeBack:
    """The cost at `row`. `start_seconds` is what a replica of the base needs from its start to steady."""
    stage = plan.stages[row]
    if stage.ramp:
        return TakeBack(exposed=stage.flags[stage.ramp], seconds=FLAG_SECONDS, flag=stage.ramp)
    exposed = share_of(plan, stage, plan.candidate)
    chosen, copies = bool(stage.route.users), stage.route.mirror is not None
    if row == 0 or not (exposed or chosen or copies):
        return TakeBack()
    if plan.base is None or stage.back is None:
        return TakeBack(exposed=exposed, chosen=chosen, copies=copies, seconds=None)
    if plan.limits.kind == ServiceKind.CRON:
        return TakeBack(exposed=exposed, chosen=chosen, seconds=0.0)
    starts = max(0, _full(plan) - stage.capacity.get(plan.base, 0))
    seconds = ROUTE_SECONDS + _batches_seconds(plan, stage, start_seconds=start_seconds)
    return TakeBack(exposed=exposed, chosen=chosen, copies=copies, seconds=seconds, starts=starts)


def worst(plan: Plan, *, start_seconds: float) -> tuple[int, TakeBack]:
    """The row whose take-back takes longest, among those that have a way back and are stayed in."""
    rows = [row for row in range(len(plan.stages)) if not is_end(plan, row)]
    costs = [(row, take_back(plan, row, start_seconds=start_seconds)) for row in rows]
    return max(costs, key=lambda cost: cost[1].seconds or 0.0)


def is_end(plan: Plan, row: int) -> bool:
    """Whether the run is over once this row is reached: going back from there is a release of its own."""
    stay = plan.stages[row].stay
    return 0 < row == len(plan.stages) - 1 and not (stay.minimum or stay.bake)


def _full(plan: Plan) -> int:
    assert plan.base is not None
    return plan.stages[0].capacity.get(plan.base, 0)


def _batches_seconds(plan: Plan, stage: Stage, *, start_seconds: float) -> float:
    """Replicas of the base start wherever there is room; each batch that is steady frees the candidate's places.

    A warm base needs no batch. Every batch starts at least one replica, so there are at most as many as replicas.
    """
    assert plan.base is not None
    full, limit = _full(plan), max(plan.limits.total, plan.limits.replicas + 1)
    ready, running = stage.capacity.get(plan.base, 0), sum(stage.capacity.values())
    seconds = 0.0
    while ready < full:
        room = limit - running + plan.limits.unavailable
        if room < 1:
            room = 1
            seconds += DRAIN_SECONDS
        started = min(full - ready, room)
        seconds += start_seconds
        ready += started
        others = max(0, full - ready)
        running = ready + others
        seconds += DRAIN_SECONDS if ready < full else 0.0
    return seconds
