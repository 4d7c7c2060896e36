"""What the simulation found, each as the smallest world that shows it. The seeds are those that found it first."""

import pytest

from kernel import (
    NOW,
    V1,
    V2,
    asked_route,
    endpoints,
    release,
    replica,
    replicas,
    seen,
    stage,
    under_way,
    world,
)
from shipway.engine.converge import converge
from shipway.model.action import Advance, Drain, Publish, Scale, SetRoute, Stop
from shipway.model.phase import Phase
from shipway.model.plan import Stage
from shipway.model.policy import Limits
from shipway.model.revision import SchemaRange
from shipway.model.route import Route
from shipway.model.service_kind import ServiceKind
from shipway.model.share import TOTAL
from shipway.planning.facts import Facts
from shipway.planning.plan import plan

CHANGE = "orders.currency"
STRATEGIES = ("rolling", "blue-green", "canary")


def test_a_stage_that_names_no_shares_opens_nothing() -> None:
    """Seed 2603: a first deployment must not serve anybody before its smoke test has passed."""
    start = Stage(name="start", capacity={V1: 4}, route=Route(preview=V1))
    there = world(seen(replicas(V1, 4), {}), start)
    assert not any(isinstance(action, SetRoute) and action.route.shares for action in converge(there))


def test_a_share_whose_route_got_lost_finds_a_home() -> None:
    """Seed 1566: everything is asked to leave a dead revision, the effect is lost, and still must be retried."""
    dead = replicas(V1, 4, ready=False, ready_since=None)
    lost = under_way(asked_route({V2: 100}), seconds_ago=6.0)
    there = world(seen((*dead, *replicas(V2, 4)), {V1: 100}), stage({V1: 4}, {V1: 100}), pending=lost, back=True)
    assert asked_route({V2: 100}) in converge(there)


def test_a_drain_that_got_lost_is_taken_back_even_when_there_is_no_room() -> None:
    """Seed 92: the replicas exist, so taking the drain back starts nothing."""
    lost = under_way(Drain(V1, ("v1-3", "v1-4")), seconds_ago=60.0)
    fleet = (*replicas(V1, 4), *replicas(V2, 4))
    observed = seen(fleet, {V1: 50, V2: 50})
    limits = Limits(replicas=4, total=7)
    there = world(observed, stage({V1: 4}, {V1: 100}), pending=lost, limits=limits, back=True)
    assert Scale(V1, 4) in converge(there)


def test_a_stale_replica_goes_before_a_sound_one() -> None:
    """Seed 156: dead replicas that nobody keeps alive made new ones flap between started and drained."""
    stale = replicas(V1, 2, stale=True, ready=False, ready_since=None)
    new = tuple(replica(V1, number, ready=False, ready_since=None) for number in (3, 4))
    there = world(
        seen((*stale, *new), {V1: 100}, known=endpoints(stale)),
        stage({V1: 2}, {V1: 100}),
        limits=Limits(replicas=2, total=5),
    )
    drains = [action for action in converge(there) if isinstance(action, Drain)]
    assert drains == [Drain(V1, ("v1-1", "v1-2"))]


def test_a_schema_step_that_was_accepted_and_is_not_done_counts_as_coming() -> None:
    """Seed 4607: a revision was started that the step, accepted a second before, was about to break."""
    accepted = under_way(Advance(CHANGE, Phase.DUAL_WRITING), seconds_ago=1.0)
    there = world(seen((), {}, phases={CHANGE: Phase.EXPANDED}), stage({V1: 4}, {}))
    there.latest = {intent.key: intent for intent in accepted}
    there.knowing({V1: {CHANGE: SchemaRange(Phase.ABSENT, Phase.EXPANDED)}}, {}, {})
    assert not any(isinstance(action, Scale) for action in converge(there))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_deploying_the_proven_revision_again_has_shares_that_sum_to_the_whole(strategy: str) -> None:
    """While another revision is on its way: base and candidate are the same, so there is nothing to divide."""
    written = plan(release(strategy, revision=V1), Facts(base=V1, replicas=4))
    assert {sum(row.route.shares.values()) for row in written.stages} == {TOTAL}
    assert {row.capacity[V1] for row in written.stages} == {4}


def test_a_replica_whose_stop_is_under_way_is_not_put_back_into_service() -> None:
    """Seed 7191: the stop arrived late, after the run had turned back and traffic had returned to the replica."""
    drained = replica(V1, 1, draining_since=NOW - 60.0)
    others = (replica(V1, 2), *replicas(V2, 4))
    known = endpoints((drained, *others))
    there = world(
        seen((drained, *others), {V1: 25, V2: 75}, known=known),
        stage({V1: 4}, {V1: 100}),
        pending=under_way(Stop(V1, ("v1-1",))),
        back=True,
    )
    put_back = [e for p in converge(there) if isinstance(p, Publish) for e in p.endpoints if not e.draining]
    assert drained.address not in {endpoint.address for endpoint in put_back}


def test_a_revision_that_has_only_stale_replicas_gets_one_that_is_kept_alive_whatever_holds_the_room() -> None:
    """Seed 70550: the supervisor was killed half way through a rolling update that was then taken back.

    What was drained could not come back, those that worked carried 60%, and so the others could not go either.
    """
    stale = replicas(V1, 5, stale=True)
    marked = tuple(replica(V1, number, stale=True, draining_since=NOW - 60.0) for number in (1, 2))
    fleet = (*marked, *stale[2:], *replicas(V2, 2, stale=True))
    there = world(
        seen(fleet, {V1: 60, V2: 40}, known=endpoints((*stale, *replicas(V2, 2)))),
        stage({V1: 5}, {V1: 100}),
        limits=Limits(replicas=5, total=6),
        back=True,
    )
    assert Scale(V1, 1) in converge(there)


WORKERS = Limits(replicas=3, kind=ServiceKind.WORKER, total=7)


def test_a_lost_stop_is_not_asked_for_again_of_a_worker_that_is_missed_by_then() -> None:
    """Seed 4610 of workers: it was not ready when its stop was asked for. Newer marks fence that stop."""
    ready = replica(V2, 3, draining_since=NOW - 6.0, ready_since=NOW - 0.5)
    lost = under_way(Stop(V2, ("v2-3",)), seconds_ago=6.0)
    fleet = (*replicas(V1, 1, ready=False, ready_since=None), *replicas(V2, 2), ready)
    there = world(seen(fleet, {}), stage({V1: 3}, {}), pending=lost, limits=WORKERS)
    assert [action for action in converge(there) if isinstance(action, Stop)] == []
    assert Drain(V2, ("v2-3",)) in converge(there)


def test_one_that_nobody_misses_is_told_again() -> None:
    told = replica(V2, 3, draining_since=NOW - 6.0)
    lost = under_way(Stop(V2, ("v2-3",)), seconds_ago=6.0)
    there = world(seen((*replicas(V1, 3), told), {}), stage({V1: 3}, {}), pending=lost, limits=WORKERS)
    assert Stop(V2, ("v2-3",)) in converge(there)
