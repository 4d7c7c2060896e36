"""The estimate that a plan shows before anything runs."""

import pytest
from msgspec.structs import replace

from shipway.model.plan import Plan
from shipway.planning.take_back import DRAIN_SECONDS, ROUTE_SECONDS, take_back, worst
from unit.cli import views

START = 10.0


def seconds(plan: Plan, row: int) -> float | None:
    return take_back(plan, row, start_seconds=START).seconds


def test_a_warm_former_version_needs_traffic_only() -> None:
    assert [seconds(views.CANARY, row) for row in (2, 3, 4, 5)] == [ROUTE_SECONDS] * 4
    assert take_back(views.CANARY, 4, start_seconds=START).starts == 0


def test_nobody_is_exposed_where_the_candidate_has_no_traffic() -> None:
    cost = take_back(views.CANARY, 1, start_seconds=START)
    assert (cost.exposed, cost.chosen, cost.seconds) == (0, False, 0.0)


def test_chosen_users_are_exposed_without_any_share() -> None:
    row = replace(
        views.CHOSEN.stages[1],
        route=replace(views.CHOSEN.stages[1].route, users=views.CHOSEN.stages[2].route.users),
    )
    plan = replace(views.CHOSEN, stages=(views.CHOSEN.stages[0], row, *views.CHOSEN.stages[2:]))
    cost = take_back(plan, 1, start_seconds=START)
    assert cost.chosen and cost.exposed == 0 and cost.seconds == ROUTE_SECONDS


def test_a_half_done_update_goes_back_one_batch_after_another() -> None:
    assert seconds(views.ROLLING, 1) == pytest.approx(ROUTE_SECONDS + START)
    assert seconds(views.ROLLING, 2) == pytest.approx(ROUTE_SECONDS + 2 * START + DRAIN_SECONDS)
    assert seconds(views.ROLLING, 4) == pytest.approx(ROUTE_SECONDS + 4 * START + 3 * DRAIN_SECONDS)


def test_more_surge_goes_back_in_fewer_batches() -> None:
    wide = replace(views.ROLLING, limits=replace(views.ROLLING.limits, total=8))
    assert seconds(wide, 4) == pytest.approx(ROUTE_SECONDS + START)


def test_without_surge_each_batch_waits_for_a_place() -> None:
    tight = replace(views.ROLLING, limits=replace(views.ROLLING.limits, total=5, surge=0, unavailable=1))
    assert seconds(tight, 1) == pytest.approx(ROUTE_SECONDS + START)


def test_a_first_deployment_has_no_way_back() -> None:
    cost = take_back(views.FIRST, 2, start_seconds=START)
    assert cost.exposed == 100_000 and cost.seconds is None


def test_the_worst_row_is_one_that_is_stayed_in() -> None:
    row, cost = worst(views.ROLLING, start_seconds=START)
    assert row == 4 and cost.starts == 4
    assert worst(views.CANARY, start_seconds=START)[1].seconds == ROUTE_SECONDS
