"""What a release costs beside full capacity: estimated from its plan, added up from its journal."""

import pytest
from msgspec.structs import replace

from kernel import V1, plan_of
from shipway.engine.fold import fold
from shipway.engine.state import ServiceState
from shipway.model.event import Entry, Event, Proven, RunEnded, RunStarted, StageEntered, StageSettled, WentBack
from shipway.model.plan import Plan
from shipway.planning.price import price_of

START = 20.0


def priced(strategy: str, price: float | None = 0.5) -> Plan:
    return replace(plan_of(strategy), price_per_replica_hour=price)


def extra_by_hand(plan: Plan) -> float:
    """Replica-hours of a plan that keeps everything warm: all of the second set for all of its stages."""
    full = plan.limits.replicas
    beyond = [max(0, sum(stage.capacity.values()) - full) for stage in plan.stages]
    stays = [max(stage.stay.minimum, stage.stay.bake) for stage in plan.stages]
    return sum(count * seconds for count, seconds in zip(beyond, stays, strict=True)) / 3600


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
def test_stays_cost_what_runs_beside_full_capacity_and_moves_a_little_more(strategy: str) -> None:
    plan = priced(strategy)
    price = price_of(plan, start_seconds=START)
    moves = plan.limits.total * START * len(plan.stages) / 3600
    assert extra_by_hand(plan) <= price.extra_replica_hours <= extra_by_hand(plan) + moves
    assert price.price == pytest.approx(price.extra_replica_hours * 0.5)
    assert price.stages == len(plan.stages) - 1


def test_a_warm_set_costs_more_and_is_taken_back_faster_than_a_rolling_update() -> None:
    rolling, green = (price_of(priced(name), start_seconds=START) for name in ("rolling", "blue-green"))
    assert rolling.extra_replica_hours < green.extra_replica_hours
    assert rolling.take_back_seconds is not None and green.take_back_seconds is not None
    assert green.take_back_seconds < START <= rolling.take_back_seconds


def test_without_a_price_there_is_none() -> None:
    assert price_of(priced("canary", None), start_seconds=START).price is None


def ended(*timed: tuple[float, Event]) -> ServiceState:
    state = ServiceState(service="checkout")
    for at, event in timed:
        state = fold(state, [Entry(state.position + 1, at, event)])
    return state


def test_a_run_costs_the_replicas_beyond_full_capacity_for_as_long_as_they_ran() -> None:
    plan = priced("blue-green")
    full = plan.limits.replicas
    [past] = ended(
        (0.0, Proven(revision=V1)),
        (0.0, RunStarted(plan=plan, by="ana")),
        (360.0, StageSettled(row=1)),
        (720.0, StageEntered(row=2, rule="stayed")),
        (720.0, StageSettled(row=2)),
        (1440.0, WentBack(row=0, rule="high", reason="harm")),
        (1800.0, StageSettled(row=0)),
        (3600.0, RunEnded(outcome="rolled-back")),
    ).past
    assert past.extra_replica_hours == pytest.approx(full * 0.5), "until the take-back has stopped the second set"
    assert past.price == pytest.approx(full * 0.25)
