"""Every plan that a strategy writes is a table of safe states, whatever its settings."""

from random import Random

import pytest
from msgspec.structs import replace

from kernel import V1, V2, plan_of, release
from shipway.errors import ShipwayError, UnknownName
from shipway.model.plan import Plan
from shipway.model.policy import Guard
from shipway.model.release import BlueGreen, Chosen, Experiment, Mirroring, Release
from shipway.model.service_kind import ServiceKind
from shipway.model.share import TOTAL, Share
from shipway.planning.facts import Facts
from shipway.planning.plan import plan
from shipway.planning.resize import resize
from shipway.planning.strategies import NAMES, named
from shipway.planning.take_back import take_back
from shipway.simulation.random_scenario import random_release

SEEDS = range(400)


def _random_plan(seed: int) -> tuple[Release, Plan]:
    random = Random(seed)
    wish = random_release(V2, random, random.randint(1, 6))
    return wish, plan(wish, Facts(base=V1, replicas=random.randint(1, 6)))


@pytest.mark.parametrize("first", range(0, len(SEEDS), 100))
def test_rows_are_safe_to_stay_in(first: int) -> None:
    for seed in SEEDS[first : first + 100]:
        wish, written = _random_plan(seed)
        for number, row in enumerate(written.stages):
            where = f"{wish.strategy}, seed {seed}, {row.name}"
            assert sum(row.route.shares.values()) == TOTAL, where
            assert row.back is None or row.back < max(1, number), where
            assert row.stay.deadline > 0, where
            assert set(row.route.shares) <= {name for name, count in row.capacity.items() if count}, where
            assert sum(row.capacity.values()) < written.limits.total + 1, where


@pytest.mark.parametrize("first", range(0, len(SEEDS), 100))
def test_each_rows_capacity_carries_its_shares(first: int) -> None:
    for seed in SEEDS[first : first + 100]:
        wish, written = _random_plan(seed)
        full = max(1, written.limits.replicas - written.limits.unavailable)
        for row in written.stages:
            for name, share in row.route.shares.items():
                assert row.capacity[name] * TOTAL >= (share - 1) * full, (
                    f"{wish.strategy}, seed {seed}, {row.name}"
                )


@pytest.mark.parametrize("first", range(0, len(SEEDS), 100))
def test_a_plan_begins_at_the_base_and_ends_with_the_candidate_alone(first: int) -> None:
    for seed in SEEDS[first : first + 100]:
        wish, written = _random_plan(seed)
        assert written.stages[0].route.shares == {V1: TOTAL}
        assert written.stages[-1].route.shares == {V2: TOTAL}
        assert written.stages[-1].capacity == {V2: wish.replicas}
        promoted = written.stages[written.promoted]
        assert promoted.route.shares == {V2: TOTAL} and promoted.capacity[V2] == wish.replicas
        before = [row.route.shares.get(V2, 0) for row in written.stages[: written.promoted]]
        assert before == sorted(before) and all(share < TOTAL for share in before)


@pytest.mark.parametrize("first", range(0, len(SEEDS), 100))
def test_a_resized_plan_is_as_safe_as_before(first: int) -> None:
    for seed in SEEDS[first : first + 100]:
        _, written = _random_plan(seed)
        for replicas in (1, 3, 9):
            other = resize(written, replicas)
            full = max(1, other.limits.replicas - other.limits.unavailable)
            assert other.limits.unavailable < replicas
            for row in other.stages:
                assert sum(row.capacity.values()) <= other.limits.total
                for name, share in row.route.shares.items():
                    assert row.capacity[name] * TOTAL >= (share - 1) * full, f"seed {seed} at {replicas}"


def test_a_first_deployment_opens_only_after_its_smoke_test() -> None:
    written = plan_of("canary", first=True)
    assert [sum(row.route.shares.values()) for row in written.stages] == [0, 0, TOTAL]
    assert written.stages[2].back is None, "once users are there, nothing is left to go back to"


def test_blue_green_divides_traffic_for_a_comparison_only_where_that_is_asked_for() -> None:
    compared = plan_of("blue-green", blue_green=BlueGreen(split=Share(30_000), split_for=600.0))
    names = [row.name for row in compared.stages]
    assert names == ["now", "green", "split", "all", "window", "done"]
    split = compared.stages[2]
    assert split.route.shares == {V1: 70_000, V2: 30_000}
    assert split.stay.needs_evidence and split.stay.bake == 600.0, "it is left on evidence"
    assert "split" not in [row.name for row in plan_of("blue-green").stages]


def test_an_unknown_strategy_lists_its_siblings() -> None:
    with pytest.raises(UnknownName, match="no strategy"):
        named("purple")
    assert all(callable(named(name)) for name in NAMES)


def test_no_replicas_is_refused() -> None:
    with pytest.raises(ShipwayError, match="at least one replica"):
        plan(release("canary", replicas=0), Facts(base=V1, replicas=4))


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
def test_copies_come_before_users_and_reach_nobody(strategy: str) -> None:
    written = plan_of(strategy, mirror=Mirroring(share=Share(30_000), seconds=120.0))
    [(number, row)] = [(n, row) for n, row in enumerate(written.stages) if row.route.mirror]
    assert row.route.shares == {V1: TOTAL} and row.capacity[V2] >= 2, "30% of four is two"
    assert row.route.mirror is not None and row.route.mirror.methods == ("GET", "HEAD")
    assert row.stay.minimum == 120.0 and not row.stay.needs_evidence and row.back == 0
    assert not any(V2 in before.route.shares for before in written.stages[:number])
    cost = take_back(written, number, start_seconds=5.0)
    assert (cost.exposed, cost.chosen, cost.copies) == (0, False, True)
    assert written.stages[written.promoted].route.shares == {V2: TOTAL}


def test_a_first_deployment_and_a_return_copy_nothing() -> None:
    mirror = Mirroring(share=Share(30_000), seconds=120.0)
    returning = plan(release("back", mirror=mirror), Facts(base=V1, replicas=4))
    for written in (plan_of("canary", first=True, mirror=mirror), returning):
        assert not any(row.route.mirror for row in written.stages)


def test_an_experiment_keeps_its_users_and_leads_nowhere_by_itself() -> None:
    guard = replace(Guard(), no_data="grow")
    written = plan_of("experiment", experiment=Experiment(split=Share(50_000), seconds=900.0), guard=guard)
    row, every = written.stages[1], written.stages[written.promoted]
    assert [stage.name for stage in written.stages] == ["now", "experiment", "all", "window", "done"]
    assert row.route.shares == {V1: 50_000, V2: 50_000} and row.capacity == {V1: 4, V2: 2}
    assert row.route.sticky is not None and row.route.sticky.name == "shipway"
    assert (row.stay.minimum, row.stay.then, row.stay.needs_evidence) == (900.0, "ask", False)
    assert every.route.shares == {V2: TOTAL} and every.stay.then == "promote"
    first = plan_of("experiment", first=True)
    assert first.stages[-1].route.sticky == row.route.sticky, "from the first version on"


def test_an_experiment_that_promotes_itself_needs_evidence_and_jobs_have_none() -> None:
    assert plan_of("experiment", experiment=Experiment(then="promote")).stages[1].stay.needs_evidence
    wish = release("experiment", kind=ServiceKind.WORKER)
    with pytest.raises(ShipwayError, match="needs users"):
        plan(wish, Facts(base=V1, replicas=4, kind=ServiceKind.WORKER))


def test_where_the_platform_keeps_one_set_the_way_back_replaces_it_in_halves() -> None:
    """A second full set would be made of the first one, and back, for ever."""
    native = Chosen(name="swarm", options={"update": {"order": "start-first"}})
    wish = release("back", platform=native, replicas=4)
    written = plan(wish, Facts(base=V1, replicas=4))
    assert all(sum(row.capacity.values()) == 4 for row in written.stages), written.stages
    assert written.limits.surge == 4
    ours = plan(
        release("back", platform=Chosen(name="swarm", options={"update": None})), Facts(base=V1, replicas=4)
    )
    assert any(sum(row.capacity.values()) == 8 for row in ours.stages)
