"""What a plan costs beside full capacity: extra replica-hours, estimated before anything runs.

While a row is being reached, both what it leaves and what it takes run side by side; while it is stayed in,
what it says. Replicas that serve anyway cost nothing extra.
"""

from msgspec import Struct

from shipway.model.plan import Plan, Stage
from shipway.planning.take_back import ROUTE_SECONDS, worst

HOUR = 3600.0


class Price(Struct, frozen=True, kw_only=True):
    """One plan's figures, to be set beside another's."""

    stages: int
    fewer_replicas: int
    """How many fewer than full capacity may serve while replicas are replaced; users are served all the time."""
    take_back_seconds: float | None
    """The longest; none: there is no earlier version."""
    until_all_seconds: float
    """From the start until all traffic is on the candidate."""
    extra_replica_hours: float
    """To the end of the rollback window."""
    price: float | None
    """Of those, where a price is known."""


def price_of(plan: Plan, *, start_seconds: float) -> Price:
    """`start_seconds` is what a replica needs from its start to steady."""
    seconds = [_seconds(plan, row, start_seconds=start_seconds) for row in range(1, len(plan.stages))]
    extra = sum(moving * _while_moving(plan, row) for row, (moving, _) in enumerate(seconds, start=1))
    extra += sum(staying * extra_replicas(plan, row) for row, (_, staying) in enumerate(seconds, start=1))
    before = seconds[: plan.promoted]
    return Price(
        stages=len(plan.stages) - 1,
        fewer_replicas=plan.limits.unavailable,
        take_back_seconds=worst(plan, start_seconds=start_seconds)[1].seconds if plan.base else None,
        until_all_seconds=sum(sum(both) for both in before) - (before[-1][1] if before else 0.0),
        extra_replica_hours=extra / HOUR,
        price=price_for(plan, extra),
    )


def price_for(plan: Plan, replica_seconds: float) -> float | None:
    """What extra replicas cost at the plan's price; none without one."""
    per_hour = plan.price_per_replica_hour
    return None if per_hour is None else replica_seconds / HOUR * per_hour


def extra_replicas(plan: Plan, row: int) -> int:
    """Beyond full capacity, while a row is stayed in."""
    return max(0, _total(plan.stages[row]) - plan.limits.replicas)


def _while_moving(plan: Plan, row: int) -> int:
    """Nothing that is left is stopped before what is taken is steady, up to the plan's limit."""
    before, after = plan.stages[row - 1].capacity, plan.stages[row].capacity
    both = sum(max(before.get(name, 0), after.get(name, 0)) for name in {*before, *after})
    return max(0, min(both, max(plan.limits.total, _total(plan.stages[row]))) - plan.limits.replicas)


def _seconds(plan: Plan, row: int, *, start_seconds: float) -> tuple[float, float]:
    """To reach a row, and to stay in it."""
    before, stage = plan.stages[row - 1].capacity, plan.stages[row]
    starts = any(count > before.get(name, 0) for name, count in stage.capacity.items())
    return (start_seconds if starts else ROUTE_SECONDS), max(stage.stay.minimum, stage.stay.bake)


def _total(stage: Stage) -> int:
    return sum(stage.capacity.values())
