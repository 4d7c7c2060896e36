"""The gaps that a prototype of the kernel fell into, each as the smallest case that shows it."""

import asyncio
from random import Random

import pytest
from msgspec.structs import replace

from kernel import (
    BLIND,
    HEALTHY,
    NOW,
    UNKNOWN,
    V1,
    V2,
    V3,
    asked_route,
    case,
    endpoints,
    harm,
    plan_of,
    release,
    replica,
    replicas,
    seen,
    stage,
    under_way,
    world,
)
from shipway.engine.case import Move
from shipway.engine.converge import converge
from shipway.engine.decide import PAUSE_MAX_SECONDS, decide
from shipway.engine.fold import fold
from shipway.engine.obey import obey, start_queued
from shipway.engine.reached import is_reached
from shipway.engine.state import Hold, ServiceState, TurnedBack
from shipway.errors import ShipwayError, StaleGeneration
from shipway.model.action import Advance, Drain, Expose, Publish, Scale, SetRoute, Stop
from shipway.model.command import Deploy, Request
from shipway.model.event import Entry, Event, Intended, Proven, RunEnded, RunStarted, StageEntered, StageSettled
from shipway.model.phase import Phase
from shipway.model.policy import Limits
from shipway.model.release import Ramp
from shipway.model.revision import SchemaRange
from shipway.model.routing import Routing
from shipway.model.share import NONE, TOTAL, Share
from shipway.model.verdict import Severity
from shipway.planning.facts import Facts
from shipway.planning.plan import plan
from shipway.simulation.faults import Faults
from shipway.simulation.timeline import Timeline
from shipway.simulation.traffic import SimulatedTraffic
from shipway.simulation.wire import Wire

CHANGE = "orders.currency"
BACK = TurnedBack(row=0, rule="high", reason="harm", at=NOW - 5.0)
BOTH = (*replicas(V1, 4), *replicas(V2, 1))


def folded(*events: Event) -> ServiceState:
    return fold(
        ServiceState(service="checkout"),
        (Entry(position, NOW + position, event) for position, event in enumerate(events, start=1)),
    )


def test_01_backwards_a_rows_schema_means_at_least() -> None:
    wanted = stage({V1: 4}, {V1: 100}, schema={CHANGE: Phase.ABSENT})
    there = world(seen(replicas(V1, 4), {V1: 100}, phases={CHANGE: Phase.BACKFILLED}), wanted, back=True)
    assert converge(there) == ()
    assert is_reached(plan_of("canary"), 0, there)


async def _late_effect_of_a_stale_controller() -> Routing:
    """It asked for 25% as intent 3 and froze; its successor went back as intent 5; then the first one wakes."""
    timeline, faults, random = Timeline(), Faults(), Random(7)
    proxies = SimulatedTraffic(timeline, Wire(timeline, faults, random), faults, random)
    await proxies.route(asked_route({V1: 100}).route, generation=5)
    timeline.run(timeline.now() + 1.0)
    with pytest.raises(StaleGeneration):
        await proxies.route(asked_route({V1: 75, V2: 25}).route, generation=3)
    timeline.run(timeline.now() + 1.0)
    return await proxies.observe()


def test_02_a_late_effect_of_a_controller_that_was_taken_over_is_refused_at_the_port() -> None:
    """Every real port holds to this in its contract suite; `tests/crash` plays it at every effect of a rollout."""
    seen = asyncio.run(_late_effect_of_a_stale_controller())
    assert (seen.highest, seen.generation) == ({V1: TOTAL}, 5)


def test_03_a_route_under_way_counts_as_possible_and_a_changed_wish_cancels_it() -> None:
    wanted = stage({V1: 4}, {V1: 100})
    there = world(seen(BOTH, {V1: 100}), wanted, pending=under_way(asked_route({V1: 75, V2: 25})), back=True)
    assert converge(there) == (asked_route({V1: 100}),)


def test_04_intents_belong_to_the_service_and_outlive_their_run() -> None:
    route = asked_route({V1: 75, V2: 25})
    state = folded(
        RunStarted(plan=plan_of("canary"), by="test"),
        Intended(key="route", action=route),
        RunEnded(outcome="superseded"),
        RunStarted(plan=plan_of("canary"), by="test"),
    )
    assert [intent.action for intent in state.pending] == [route]


def test_05_row_0_is_the_proven_revision_not_what_runs_when_a_run_is_superseded() -> None:
    state = folded(
        RunStarted(plan=plan_of("canary", first=True, revision=V1), by="test"),
        StageEntered(row=2, rule="stayed"),
        StageSettled(row=2),
        Proven(revision=V1),
        RunEnded(outcome="finished"),
        RunStarted(plan=plan_of("canary"), by="test"),
        StageEntered(row=2, rule="healthy"),
    )
    begun = _begun(obey(state, _request(V3), {}))
    assert begun.plan.base == V1
    assert begun.plan.stages[0].route.shares == {V1: TOTAL}


def _request(revision: str, during: str = "supersede", number: int = 9) -> Request:
    wish = release("canary", revision=revision)
    return Request(id=number, service="checkout", at=NOW, by="test", command=Deploy(release=wish, during=during))


def _begun(events: tuple[Event, ...]) -> RunStarted:
    return next(event for event in events if isinstance(event, RunStarted))


def test_06_an_accepted_schema_job_is_polled_then_asked_again_and_rollback_never_waits_for_it() -> None:
    wanted = stage({V1: 4}, {V1: 100}, schema={CHANGE: Phase.EXPANDED})
    observed = seen(replicas(V1, 4), {V1: 100})
    step = Advance(CHANGE, Phase.EXPANDED)
    assert converge(world(observed, wanted)) == (step,)
    assert converge(world(observed, wanted, pending=under_way(step, seconds_ago=1.0))) == ()
    assert converge(world(observed, wanted, pending=under_way(step, seconds_ago=6.0))) == (step,)
    assert is_reached(plan_of("canary"), 0, world(observed, wanted, back=True))


@pytest.mark.parametrize(("highest", "moves"), [(Phase.SWITCHED, True), (Phase.EXPANDED, False)])
def test_07_a_schema_step_asks_only_revisions_that_run(highest: Phase, moves: bool) -> None:
    wanted = stage({V1: 4, V2: 1}, {V1: 100}, schema={CHANGE: Phase.DUAL_WRITING})
    there = world(seen(replicas(V1, 4), {V1: 100}, phases={CHANGE: Phase.EXPANDED}), wanted)
    supports = {
        V1: {CHANGE: SchemaRange(Phase.ABSENT, highest)},
        V2: {CHANGE: SchemaRange(Phase.DUAL_WRITING, Phase.CONTRACTED)},
    }
    asked = any(isinstance(action, Advance) for action in converge(there.knowing(supports, {}, {})))
    assert asked == moves


def test_08_actions_of_one_tick_are_judged_with_those_before_them() -> None:
    dead = replicas(V1, 4, ready=False, ready_since=None)
    there = world(seen((*dead, *replicas(V2, 4)), {V1: 100}), stage({V1: 4}, {V1: 100}), back=True)
    actions = converge(there)
    assert asked_route({V2: 100}) in actions
    assert not any(isinstance(action, Drain) and action.revision == V2 for action in actions)


def test_09_at_the_capacity_limit_the_anchor_may_exceed_it_by_one() -> None:
    fleet = (*replicas(V2, 3), *replicas(V3, 3))
    limits = Limits(replicas=4, total=6)
    there = world(seen(fleet, {V2: 50, V3: 50}), stage({V1: 4}, {V1: 100}), limits=limits)
    assert [action for action in converge(there) if isinstance(action, Scale)] == [Scale(V1, 1)]


def test_09_the_limit_is_at_least_the_largest_stage_and_one() -> None:
    for strategy in ("rolling", "blue-green", "canary"):
        written = plan_of(strategy)
        assert written.limits.total >= max(sum(row.capacity.values()) for row in written.stages) + 1


def test_10_a_third_of_three_is_one_replica() -> None:
    three = Limits(replicas=3, total=7)
    there = world(seen(replicas(V1, 3), {V1: 100}), stage({V1: 3}, {V1: 100}), limits=three)
    assert [there.needed(Share(share)) for share in (0, 1, 33_333, 33_334, 66_667, 100_000)] == [0, 1, 1, 1, 2, 3]


def test_11_a_revision_without_a_ready_replica_loses_its_share_at_once_even_over_capacity() -> None:
    dead = replicas(V1, 4, ready=False, ready_since=None)
    there = world(seen((*dead, *replicas(V2, 1)), {V1: 95, V2: 5}), stage({V1: 4, V2: 1}, {V1: 95, V2: 5}))
    assert asked_route({V2: 100}) in converge(there)


def test_11_otherwise_shares_move_as_far_as_capacity_carries_them() -> None:
    there = world(seen((*replicas(V1, 4), *replicas(V2, 2)), {V1: 95, V2: 5}), stage({V1: 4, V2: 4}, {V2: 100}))
    assert asked_route({V1: 50, V2: 50}) in converge(there)


def test_12_shares_grow_only_on_steady_replicas() -> None:
    fresh = replicas(V2, 1, ready_since=NOW - 1.0)
    there = world(seen((*replicas(V1, 4), *fresh), {V1: 100}), stage({V1: 4, V2: 1}, {V1: 95, V2: 5}))
    assert not any(isinstance(action, SetRoute) for action in converge(there))


def test_12_capacity_falls_only_after_traffic_stayed_away_for_a_while() -> None:
    observed = seen(BOTH, {V1: 100})
    asked = under_way(asked_route({V1: 100}), seconds_ago=0.5)
    just_now = world(observed, stage({V1: 4}, {V1: 100}))
    just_now.latest = {"route": asked[0]}
    assert converge(just_now) == ()
    later = world(observed, stage({V1: 4}, {V1: 100}))
    assert converge(later) == (Drain(V2, ("v2-1",)),)


def test_13_a_drain_that_landed_although_traffic_returned_takes_nobody_out_of_service() -> None:
    """The open race: scale-down in flight, the only candidate dies, traffic returns, the cancel is lost."""
    marked = replicas(V1, 4, draining_since=NOW - 60.0)
    dead = replicas(V2, 4, ready=False, ready_since=None)
    still_known = endpoints((*replicas(V1, 4), *replicas(V2, 4)))
    wanted = stage({V1: 4}, {V1: 100})
    there = world(seen((*marked, *dead), {V1: 100}, known=still_known), wanted, back=True)
    actions = converge(there)
    assert not any(isinstance(action, Stop) for action in actions)
    assert not any(isinstance(action, Publish) for action in actions), "all four are needed, so all four stay"
    assert Scale(V1, 4) in actions


def test_13_a_replica_that_drains_is_not_stopped_while_some_proxy_may_still_use_it() -> None:
    draining = replica(V2, 1, draining_since=NOW - 60.0)
    fleet = (*replicas(V1, 4), draining)
    taking_it_out = under_way(Publish(endpoints(fleet)))
    observed = seen(fleet, {V1: 100})
    assert Stop(V2, ("v2-1",)) in converge(world(observed, stage({V1: 4}, {V1: 100})))
    there = world(observed, stage({V1: 4}, {V1: 100}), pending=taking_it_out)
    assert not any(isinstance(action, Stop) for action in converge(there))


def test_14_drift_holds_a_run_but_not_its_way_back() -> None:
    written, observed = plan_of("canary"), seen(BOTH, {V1: 95, V2: 5})
    drifted = case(written, 1, observed, drift=("the route was edited by hand",))
    assert (decide(drifted).move, decide(drifted).rule) == (Move.HOLD, "drift")
    harmed = replace(drifted, verdict=harm(Severity.CRITICAL))
    assert decide(harmed).move == Move.BACK


def test_15_a_broken_stable_revision_never_blocks_its_own_fix() -> None:
    dead = replicas(V1, 4, ready=False, ready_since=None)
    written, observed = plan_of("canary"), seen((*dead, *replicas(V2, 1)), {V1: 95, V2: 5})
    broken = case(written, 1, observed, verdict=UNKNOWN, settled_at=None, marks={"dead": NOW - 60.0})
    assert (decide(broken).move, decide(broken).row) == (Move.FORWARD, written.promoted)


def test_16_confirmed_is_an_interval_over_all_proxies() -> None:
    wanted = stage({V1: 4}, {V1: 100})
    differing = seen(BOTH, {V1: 100}, lowest={V1: 75}, highest={V1: 100, V2: 25})
    there = world(differing, wanted)
    assert not is_reached(plan_of("canary"), 0, there)
    assert not any(isinstance(action, Drain) for action in converge(there))


def test_17_a_replica_goes_when_those_that_remain_carry_the_largest_share() -> None:
    fleet = (*replicas(V1, 4), *replicas(V2, 1))
    settled = world(seen(fleet, {V1: 75, V2: 25}), stage({V1: 1, V2: 1}, {V1: 75, V2: 25}))
    assert converge(settled) == (Drain(V1, ("v1-4",)),), "three of four carry 75%"


def test_18_promotion_adds_copies_of_the_same_revision_and_replaces_none() -> None:
    written = plan_of("canary")
    every = written.stages[written.promoted]
    actions = converge(world(seen(BOTH, {V1: 50, V2: 50}), every, limits=written.limits))
    assert Scale(V2, 4) in actions
    assert not any(isinstance(action, Drain | Stop) for action in actions)


def test_19_only_strategies_that_pay_for_it_keep_the_former_revision_warm() -> None:
    warm = {name: V1 in plan_of(name).stages[plan_of(name).promoted].capacity for name in _STRATEGIES}
    assert warm == {"rolling": False, "blue-green": True, "canary": True}


_STRATEGIES = ("rolling", "blue-green", "canary")


def test_20_rolling_one_replica_without_surge_is_refused() -> None:
    one = release("rolling", replicas=1)
    with pytest.raises(ShipwayError, match="cannot work"):
        plan(replace(one, rolling=replace(one.rolling, surge=0)), Facts(base=V1, replicas=1))


def test_21_lowering_a_flag_waits_for_nothing() -> None:
    dead = replicas(V1, 4, ready=False, ready_since=None)
    wanted = stage({V1: 4}, {V1: 100}, flags={"new": NONE})
    there = world(seen(dead, {V1: 100}, exposed={"new": 50}), wanted, back=True)
    assert converge(there)[0] == Expose("new", NONE)
    blind = world(replace(seen(dead, {V1: 100}, exposed={"new": 50}), fleet=None, routing=None), wanted, back=True)
    assert converge(blind) == (Expose("new", NONE),)


def test_21_a_ramp_goes_back_to_the_same_code_with_the_flag_down_and_only_harm_that_goes_on_leads_to_row_0() -> (
    None
):
    ramp = Ramp(flag="new", shares=(Share(50_000), TOTAL))
    written = plan_of("canary", ramps=(ramp,))
    observed = seen(replicas(V2, 4), {V2: 100}, exposed={"new": 50})
    names = [stage.name for stage in written.stages]
    first, before = names.index("new 50%"), names.index("new 50%") - 1
    assert names[-3:] == ["done", "new 50%", "new 100%"]
    for severity in (Severity.HIGH, Severity.CRITICAL):
        assert decide(case(written, first, observed, verdict=harm(severity))).row == before
        assert decide(case(written, first + 1, observed, verdict=harm(severity))).row == before
    there = TurnedBack(row=before, rule="high", reason="harm", at=NOW - 5.0)
    going_on = case(written, before, observed, verdict=harm(Severity.HIGH), back=there)
    assert (decide(going_on).move, decide(going_on).row) == (Move.BACK, 0)


def test_22_a_deploy_within_the_warm_window_closes_it_by_an_event_and_builds_on_the_promoted_revision() -> None:
    written = plan_of("canary")
    state = folded(
        Proven(revision=V1),
        RunStarted(plan=written, by="test"),
        StageEntered(row=written.promoted, rule="healthy"),
        StageSettled(row=written.promoted),
        Proven(revision=V2),
        StageEntered(row=written.promoted + 1, rule="stayed"),
    )
    events = obey(state, _request(V3), {})
    assert any(isinstance(event, RunEnded) and event.outcome == "finished" for event in events)
    assert _begun(events).plan.base == V2
    queued = obey(state, _request(V3, during="queue"), {})
    assert not any(isinstance(event, RunEnded) for event in queued), "queueing keeps the window"


def test_22_a_queued_deploy_begins_when_the_run_is_over() -> None:
    state = folded(Proven(revision=V1), RunStarted(plan=plan_of("canary"), by="test"))
    for event in (*obey(state, _request(V3, during="queue"), {}), RunEnded(outcome="rolled-back")):
        state = fold(state, [Entry(state.position + 1, NOW, event)])
    assert _begun(start_queued(state, {})).plan.candidate == V3


@pytest.mark.parametrize("severity", [Severity.CRITICAL, Severity.HIGH])
def test_23_where_there_is_no_way_back_a_person_decides(severity: Severity) -> None:
    written = plan_of("canary", first=True, revision=V1)
    only = case(written, written.promoted, seen(replicas(V1, 4), {V1: 100}), verdict=harm(severity))
    assert (decide(only).move, decide(only).rule) == (Move.HOLD, f"{severity.value}-no-way-back")


def test_24_a_pause_stops_promotion_only() -> None:
    written, observed = plan_of("canary"), seen(BOTH, {V1: 95, V2: 5})
    paused = case(written, 1, observed, paused_at=NOW - 5.0, stayed_from=NOW - 500.0)
    assert decide(paused).rule == "paused"
    assert decide(replace(paused, verdict=harm(Severity.HIGH))).move == Move.BACK
    long = replace(paused, now=NOW + PAUSE_MAX_SECONDS)
    assert (decide(long).move, decide(long).rule) == (Move.HOLD, "paused-long")


def test_24_a_pause_is_ignored_while_going_back_and_a_late_take_back_is_told_and_goes_on() -> None:
    written, observed = plan_of("canary"), seen(BOTH, {V1: 95, V2: 5})
    back = case(written, 0, observed, paused_at=NOW - 5.0, back=BACK, settled_at=None, entered_at=NOW - 5.0)
    assert decide(back).rule == "converging"
    late = replace(back, now=NOW + 10_000.0)
    assert (decide(late).move, decide(late).rule) == (Move.HOLD, "back-late")
    assert converge(late.world), "it keeps converging"


def test_25_a_hold_whose_cause_is_over_is_released() -> None:
    written, observed = plan_of("canary"), seen(BOTH, {V1: 95, V2: 5})
    hold = Hold(rule="blind", reason="the source is gone", at=NOW - 60.0)
    held = case(written, 1, observed, verdict=BLIND, hold=hold, marks={"blind": NOW - 400.0})
    assert decide(held).move == Move.STAY
    seeing = replace(held, verdict=HEALTHY, run=replace(held.run, marks={}))
    assert decide(seeing).move == Move.RELEASE


def test_a_stage_is_not_left_on_what_nobody_sees_and_its_stay_goes_on_afterwards() -> None:
    plan = plan_of("rolling")
    away = replace(
        seen(replicas(V2, 4), {V2: 100}), fleet=None, unreachable={"platform": "Docker does not answer"}
    )
    settled = {"settled_at": NOW - 500.0, "stayed_from": NOW - 500.0}
    waits = decide(case(plan, 1, away, now=NOW, **settled))
    assert (waits.move, waits.rule, waits.reason) == (Move.STAY, "unseen-wait", "Docker does not answer")
    for_long = {"unseen": NOW - plan.guard.blind_patience}
    held = decide(case(plan, 1, away, now=NOW, marks=for_long, **settled))
    assert (held.move, held.rule) == (Move.HOLD, "unseen")
    hold = Hold(rule="unseen", reason="Docker does not answer", at=NOW - 1.0)
    back = decide(case(plan, 1, seen(replicas(V2, 4), {V2: 100}), now=NOW, hold=hold, **settled))
    assert back.move == Move.RELEASE
