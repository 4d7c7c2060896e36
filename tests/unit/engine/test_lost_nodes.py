"""Replicas whose machine does not answer carry nothing, and are waited for only while nobody told them to end."""

from msgspec.structs import replace

from kernel import HEALTHY, NOW, V1, V2, endpoints, plan_of, replica, replicas, seen, stage, world
from shipway.engine.converge import converge
from shipway.engine.converge.schema import concerned
from shipway.engine.failing import CRASH_LOOP_RESTARTS, with_replicas
from shipway.engine.reached import is_reached, missing
from shipway.engine.state import Run
from shipway.model.action import Scale, SetRoute, Stop
from shipway.model.fleet import Replica
from shipway.model.policy import Limits
from shipway.model.revision import RevisionId
from shipway.model.share import Share

SAID = "node two has not answered since 14:03:00 UTC"
LOST = {"ready": False, "ready_since": None, "lost_since": NOW - 60.0, "detail": SAID}


def lost(revision: RevisionId, number: int, **changes: object) -> Replica:
    return replica(revision, number, **{**LOST, **changes})


def gone(revision: RevisionId, number: int) -> Replica:
    return lost(revision, number, is_ending=True)


def test_a_row_is_reached_though_one_that_should_be_gone_ends_on_a_lost_node() -> None:
    plan, wanted = plan_of("canary"), stage({V2: 4}, {V2: 100})
    there = world(seen((*replicas(V2, 4), gone(V1, 1)), {V2: 100}, known=endpoints(replicas(V2, 4))), wanted)
    assert converge(there) == () and is_reached(plan, len(plan.stages) - 1, there)
    ending = (replace(gone(V1, 1), lost_since=None), *replicas(V2, 4))
    assert not is_reached(plan, len(plan.stages) - 1, world(seen(ending, {V2: 100}), wanted))


def test_those_that_are_given_up_hold_no_room_and_are_made_anew() -> None:
    fleet = (*replicas(V2, 2), gone(V2, 3), gone(V2, 4), gone(V1, 1), gone(V1, 2), gone(V1, 3))
    there = world(seen(fleet, {V2: 100}), stage({V2: 4}, {V2: 100}), limits=Limits(replicas=4, total=5))
    assert Scale(V2, 4) in converge(there)


def test_a_version_that_may_run_on_a_lost_node_still_needs_its_schema() -> None:
    there = world(seen((*replicas(V2, 4), gone(V1, 1)), {V2: 100}), stage({V2: 4}, {V2: 100}))
    assert V1 in concerned(there)


def test_what_keeps_a_row_from_being_reached_is_the_node() -> None:
    wanted = stage({V2: 4}, {V2: 100})
    there = world(seen((*replicas(V2, 3), lost(V2, 4)), {V2: 100}), wanted)
    assert missing(plan_of("canary"), wanted, there) == f"3 of 4 replicas are ready ({SAID})"


def test_a_version_whose_nodes_are_lost_loses_its_share() -> None:
    fleet = (*replicas(V1, 2), lost(V2, 1), lost(V2, 2))
    there = world(seen(fleet, {V1: 50, V2: 50}), stage({V1: 2, V2: 2}, {V1: 50, V2: 50}))
    (routed,) = [action for action in converge(there) if isinstance(action, SetRoute)]
    assert routed.route.shares == {V1: Share(100_000)}


def test_the_last_that_works_is_not_stopped_while_the_node_of_the_other_one_is_lost() -> None:
    drained = replica(V1, 1, draining_since=NOW - 300.0)
    wanted = stage({V1: 1, V2: 1}, {V1: 50, V2: 50})

    def stopped(other: Replica) -> bool:
        there = world(
            seen((drained, other, *replicas(V2, 1)), {V1: 50, V2: 50}), wanted, limits=Limits(replicas=2, total=9)
        )
        return Stop(V1, ("v1-1",)) in converge(there)

    assert stopped(replica(V1, 2))
    assert not stopped(lost(V1, 2))


def test_it_is_taken_back_once_the_other_one_is_given_up() -> None:
    drained = replica(V1, 1, draining_since=NOW - 300.0)
    fleet = (drained, gone(V1, 2), *replicas(V2, 1))
    there = world(
        seen(fleet, {V1: 50, V2: 50}),
        stage({V1: 1, V2: 1}, {V1: 50, V2: 50}),
        limits=Limits(replicas=2, total=9),
    )
    assert Scale(V1, 1) in converge(there)


def test_a_lost_node_is_no_crash_loop() -> None:
    plan = plan_of("canary")
    run = Run(id=1, plan=plan, by="ana", started_at=0.0, row=2, entered_at=NOW - 600.0)
    one = lost(V2, 1, restarts=CRASH_LOOP_RESTARTS)
    there = world(seen((*replicas(V1, 4), one), {V1: 80, V2: 20}), plan.stages[2])
    assert with_replicas(HEALTHY, run, there) == HEALTHY
    crashing = world(seen((*replicas(V1, 4), replace(one, lost_since=None)), {V1: 80, V2: 20}), plan.stages[2])
    assert with_replicas(HEALTHY, run, crashing) != HEALTHY
