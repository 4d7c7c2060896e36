"""The service follows the autoscaler of the version that serves, and the next version begins with as many."""

import pytest
from msgspec.structs import replace

from shipway.engine.following import resized, with_more
from shipway.engine.obey import obey
from shipway.engine.state import ServiceState
from shipway.engine.world_of import world_of
from shipway.model.command import Deploy, Request, SetReplicas
from shipway.model.event import Resized, StageEntered
from shipway.model.fleet import Fleet, Scaled
from shipway.model.observed import Observed
from shipway.model.plan import Stage
from shipway.model.revision import RevisionId
from shipway.simulation.ending import first_line, violations_of
from shipway.simulation.faults import Faults
from shipway.simulation.random_scenario import scenario_of
from shipway.simulation.scenario import Asked, Scenario
from unit.engine.test_adopting import REVISIONS, V1, V2, during, release, running, told

AUTOSCALER = "autoscaler checkout-v1"


def scaled(now: int, revision: RevisionId = V1, *, asked: int = 4) -> Scaled:
    return Scaled(what="it scaled", now=now, by=AUTOSCALER, revision=revision, told=asked, is_automatic=True)


def seen(state: ServiceState, *found: Scaled) -> list[Resized]:
    return list(resized(state, world_of(state, Observed(at=1.0, fleet=Fleet(at=1.0, scaled=found)))))


def at_rest() -> ServiceState:
    state = during()
    return replace(state, run=None, rest=Stage(name="rest", capacity={V1: 4}))


@pytest.mark.parametrize("now", [6, 2])
def test_at_rest_it_is_followed_both_ways(now: int) -> None:
    state = at_rest()
    (found,) = seen(state, scaled(now))
    assert found == Resized(replicas=now, by=AUTOSCALER)
    state = told(state, [found])
    assert (state.replicas, state.rest.capacity) == (now, {V1: now})
    assert seen(state, scaled(now)) == []


def test_in_a_release_the_service_only_grows_with_the_version_that_serves() -> None:
    state = during()
    (found,) = seen(state, scaled(6))
    state = told(state, [found])
    assert running(state).stage.capacity == {V1: 6, V2: 2}
    assert running(state).plan.stages[-1].capacity == {V2: 6}
    assert seen(during(), scaled(3)) == []


def test_alone_in_a_release_it_is_followed_both_ways() -> None:
    """In the window after a rolling release: what its autoscaler took away is not made anew all the time."""
    state = during()
    state = told(state, [StageEntered(row=len(running(state).plan.stages) - 1, rule="asked")])
    assert running(state).stage.capacity == {V2: 4}
    (found,) = seen(state, scaled(3, V2))
    assert running(told(state, [found])).stage.capacity == {V2: 3}
    assert seen(state, scaled(3, V1)) == []


def test_what_the_newer_version_adds_is_its_own() -> None:
    assert seen(during(), scaled(3, V2, asked=1)) == []
    assert seen(during(), replace(scaled(6), is_automatic=False)) == []


@pytest.mark.parametrize(
    ("row", "asked", "now", "wanted"),
    [(1, 1, 3, 3), (4, 1, 3, 4), (2, 4, 5, 2), (0, 4, 5, 0), (4, 4, 3, 4)],
)
def test_a_version_that_is_not_to_shrink_keeps_what_was_added(row: int, asked: int, now: int, wanted: int) -> None:
    stage = Stage(name="half", capacity={V2: row})
    assert with_more(stage, [scaled(now, V2, asked=asked)]).capacity == {V2: wanted}


@pytest.mark.parametrize(("autoscaled", "there", "full"), [(True, 10, 10), (True, 2, 4), (False, 10, 4)])
def test_the_next_version_begins_with_no_fewer(autoscaled: bool, there: int, full: int) -> None:
    state = replace(at_rest(), replicas=there)
    command = Deploy(release=replace(release(V2), autoscaled=autoscaled))
    state = told(
        state, obey(state, Request(id=9, service="checkout", at=1.0, by="ana", command=command), REVISIONS)
    )
    assert running(state).plan.stages[-1].capacity == {V2: full}


def test_what_a_person_asks_for_next_is_not_overruled_by_what_it_said_before() -> None:
    """It scales at 40 s, and is silent from then on."""
    scenario = Scenario(
        revisions=tuple(REVISIONS.values()),
        asked=(
            Asked(at=1.0, command=Deploy(release=replace(release(V1), autoscaled=True))),
            Asked(at=60.0, command=SetReplicas(replicas=9)),
        ),
        faults=Faults(until=90.0, autoscales=((40.0, 2),)),
        quiet=10.0,
    )
    played, found = violations_of(scenario)
    assert not found
    said = [(each.event.by, each.event.replicas) for each in played.entries if isinstance(each.event, Resized)]
    assert [number for _, number in said] == [6, 9]
    assert played.replicas == {V1: 9}


@pytest.mark.parametrize("first", range(0, 600, 200))
def test_autoscalers_at_odd_moments_break_no_safety_rule(first: int) -> None:
    seeds = [seed for seed in range(first, first + 200) if scenario_of(seed).faults.autoscales]
    followed = 0
    for seed in seeds:
        played, found = violations_of(scenario_of(seed))
        assert not found, f"scenario_of({seed}): {first_line(found)}"
        followed += any(
            isinstance(each.event, Resized) and each.event.by == "autoscaler" for each in played.entries
        )
    assert followed > 5
