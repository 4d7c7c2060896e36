"""Whatever is seen, under way and wanted: no action that converge asks for breaks a safety rule."""

from collections.abc import Sequence
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import Phase as Phases
from pytest import MonkeyPatch

from kernel import NOW
from properties.worlds import CHANGE, FLAG, some_world
from shipway.engine.converge import capacity as capacity_step
from shipway.engine.converge import converge
from shipway.engine.converge import flags as flags_step
from shipway.engine.converge import route as route_step
from shipway.engine.converge import schema as schema_step
from shipway.engine.converge.capacity import is_stuck
from shipway.engine.state import Pending
from shipway.engine.world import World, anchor
from shipway.model.action import Action, Advance, Drain, Expose, Publish, Scale, SetRoute, Stop, key_of
from shipway.model.fleet import Preparation
from shipway.model.phase import Phase
from shipway.model.revision import RevisionId
from shipway.model.route import Route
from shipway.model.share import NONE, TOTAL, Share

EXAMPLES = 500
Kind = TypeVar("Kind", bound=Action)
ANY_WORLD = settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def of(kind: type[Kind], actions: Sequence[Action]) -> list[Kind]:
    return [action for action in actions if isinstance(action, kind)]


def asked_route(actions: Sequence[Action]) -> Route | None:
    return next((action.route for action in of(SetRoute, actions)), None)


# The rules. Each takes a world and what converge asked for, and fails where it is broken.


def a_share_grows_only_on_steady_replicas(world: World, actions: Sequence[Action]) -> None:
    route = asked_route(actions)
    if route is None:
        return
    assert sum(route.shares.values()) in (0, TOTAL)
    meant = [name for name in world.revisions if world.highest(name) or name == anchor(world.wanted)]
    carried = [name for name in meant if world.ready(name) and world.fits(name)]
    homeless = TOTAL - sum(max(world.lowest(name), world.carry(name)) for name in carried)
    for name, share in route.shares.items():
        grew = share > max(world.lowest(name), world.carry(name))
        assert world.ready(name), f"{name} gets {share} without a ready replica"
        assert not grew or homeless > 0, f"{name} gets {share} on {len(world.steady(name))} steady replicas"


def the_dead_lose_their_share_at_once(world: World, actions: Sequence[Action]) -> None:
    if any(world.ready(name) for name in world.revisions) and any(map(world.highest, world.revisions)):
        dead = [name for name in world.revisions if not world.ready(name)]
        route = _newest_route(world, actions)
        assert route is None or not any(route.shares.get(name) for name in dead)


def _newest_route(world: World, actions: Sequence[Action]) -> Route | None:
    """What will be in force: asked for now, or before, or what every proxy runs."""
    under_way = world.possible_routes[-1] if world.possible_routes else None
    confirmed = world.routing.confirmed if world.routing else None
    return asked_route(actions) or under_way or confirmed


def no_capacity_goes_while_it_works(world: World, actions: Sequence[Action]) -> None:
    route = asked_route(actions)
    for drain in of(Drain, actions):
        name = drain.revision
        share = max(world.highest(name), route.shares.get(name, NONE) if route else NONE)
        before, left = world.ready(name), [r for r in world.ready(name) if r.id not in drain.replicas]
        lost = len(before) - len(left)
        assert not lost or len(left) >= world.needed(Share(share)), f"{name} with {share} is left {len(left)}"


def a_replica_stops_only_when_nobody_uses_it(world: World, actions: Sequence[Action]) -> None:
    assert world.routing is not None
    asked = next(({e.address for e in p.endpoints if not e.draining} for p in of(Publish, actions)), set())
    for stop in of(Stop, actions):
        for replica in world.replicas(stop.revision):
            if replica.id in stop.replicas:
                assert replica.draining_since is not None
                assert not world.may_receive(replica) and replica.address not in asked
                waited = NOW - replica.draining_since
                idle = world.routing.in_flight.get(replica.address, 0) == 0
                assert waited >= world.limits.drain_quiet and (idle or waited >= world.limits.drain_grace)


def endpoints_keep_who_is_needed(world: World, actions: Sequence[Action]) -> None:
    """A mark that landed late takes nobody out of service who is still needed.

    Whose stop may arrive at any moment serves nobody for sure, so it is not counted among those that are kept.
    """
    route = asked_route(actions)
    for publish in of(Publish, actions):
        listed = {e.address for e in publish.endpoints if not e.draining}
        for name in world.revisions:
            share = max(world.highest(name), route.shares.get(name, NONE) if route else NONE)
            sure = [r for r in world.replicas(name) if r.id not in world.stopping(name)]
            serving = [r for r in sure if r.ready and world.may_receive(r)]
            left = [r for r in serving if r.address in listed]
            assert len(left) == len(serving) or len(left) >= world.needed(Share(share)), f"{name}: {share}"


def a_flag_rises_only_on_its_code(world: World, actions: Sequence[Action]) -> None:
    assert world.observed.exposure is not None
    for expose in of(Expose, actions):
        if expose.share > world.observed.exposure.shares.get(FLAG, NONE):
            serving = [name for name in world.revisions if world.highest(name)]
            assert world.wanted.ramp == FLAG and not world.is_going_back
            assert all(FLAG in world.carries.get(name, ()) for name in serving)


def lowering_a_flag_waits_for_nothing(world: World, actions: Sequence[Action]) -> None:
    assert world.observed.exposure is not None
    wanted = world.wanted.flags[FLAG]
    if world.observed.exposure.shares.get(FLAG, NONE) > wanted:
        down = Expose(FLAG, wanted)
        assert down in actions or world.is_asked(down)


def schema_moves_one_phase_forward_under_code_that_runs_on_it(world: World, actions: Sequence[Action]) -> None:
    assert world.observed.schema is not None
    for advance in of(Advance, actions):
        now = world.observed.schema.phases.get(CHANGE, Phase.ABSENT)
        assert advance.phase == now + 1 <= world.wanted.schema[CHANGE] and not world.is_going_back
        for name in world.revisions:
            supported = world.supports.get(name, {}).get(CHANGE)
            if supported and supported.lowest <= now <= supported.highest and world.replicas(name):
                assert advance.phase <= supported.highest, f"{name} runs and would break"


def what_starts_is_wanted_prepared_and_within_the_limit(world: World, actions: Sequence[Action]) -> None:
    assert world.fleet is not None
    started = spared = 0
    for scale in of(Scale, actions):
        name = scale.revision
        spared += name == anchor(world.wanted) and is_stuck(world, name)
        assert scale.replicas <= world.wanted.capacity.get(name, 0)
        sound = sum(not replica.stale for replica in world.replicas(name))
        new = max(0, scale.replicas - sound)
        assert not new or world.fleet.prepared.get(name) == Preparation.DONE
        assert not new or world.fits(name)
        started += new
    assert started <= spared or world.total + started <= world.total_max + 1


def there_is_one_action_per_key(world: World, actions: Sequence[Action]) -> None:
    keys = [key_of(action) for action in actions]
    assert len(keys) == len(set(keys))


def asking_again_at_once_asks_for_nothing_new(world: World, actions: Sequence[Action]) -> None:
    """What was just asked for is under way: the next look must not ask for the same again."""
    asked = tuple(Pending(key=key_of(a), action=a, generation=99, at=NOW) for a in actions)
    again = World(
        world.observed,
        world.wanted,
        limits=world.limits,
        pending=(*world.pending, *asked),
        latest={**world.latest, **{intent.key: intent for intent in asked}},
        is_going_back=world.is_going_back,
    ).knowing(world.supports, world.carries, world.phases)
    assert not set(map(repr, converge(again))) & set(map(repr, actions))


RULES = (
    a_share_grows_only_on_steady_replicas,
    the_dead_lose_their_share_at_once,
    no_capacity_goes_while_it_works,
    a_replica_stops_only_when_nobody_uses_it,
    endpoints_keep_who_is_needed,
    a_flag_rises_only_on_its_code,
    lowering_a_flag_waits_for_nothing,
    schema_moves_one_phase_forward_under_code_that_runs_on_it,
    what_starts_is_wanted_prepared_and_within_the_limit,
    there_is_one_action_per_key,
    asking_again_at_once_asks_for_nothing_new,
)


@ANY_WORLD
@given(some_world())
def test_no_action_breaks_a_safety_rule(world: World) -> None:
    actions = converge(world)
    for rule in RULES:
        rule(world, actions)


# The rules bite: switched off in the engine, they fail here.


def _everything_is_carried(patch: MonkeyPatch) -> None:
    patch.setattr(route_step, "_limit", lambda world, revision: TOTAL)


def _drains_ignore_what_remains(patch: MonkeyPatch) -> None:
    patch.setattr(capacity_step, "needed_at_worst", lambda *_: 0)


def _drained_is_marked(patch: MonkeyPatch) -> None:
    patch.setattr(capacity_step, "_is_drained", lambda world, replica: replica.draining_since is not None)


def _flags_rise_without_code(patch: MonkeyPatch) -> None:
    patch.setattr(flags_step, "_is_carried", lambda *_: True)


def _schema_breaks_who_runs(patch: MonkeyPatch) -> None:
    patch.setattr(schema_step, "_keeps", lambda *_: True)


def _actions_do_not_see_each_other(patch: MonkeyPatch) -> None:
    patch.setattr(World, "asking", lambda world, _: world)


def _pending_routes_are_forgotten(patch: MonkeyPatch) -> None:
    patch.setattr(capacity_step, "_has_traffic_left", lambda _: True)
    patch.setattr(capacity_step, "needed_at_worst", _needed_for_what_is_seen)


def _needed_for_what_is_seen(world: World, revision: RevisionId) -> int:
    return world.needed(world.routing.highest.get(revision, NONE)) if world.routing else 0


@pytest.mark.parametrize(
    "switch",
    [
        _everything_is_carried,
        _drains_ignore_what_remains,
        _drained_is_marked,
        _flags_rise_without_code,
        _schema_breaks_who_runs,
        _actions_do_not_see_each_other,
        _pending_routes_are_forgotten,
    ],
)
def test_the_rules_notice_when_the_engine_forgets_one(switch, monkeypatch: MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    switch(monkeypatch)

    @settings(ANY_WORLD, max_examples=5000, database=None, report_multiple_bugs=False, phases=[Phases.generate])
    @given(some_world())
    def hold(world: World) -> None:
        actions = converge(world)
        for rule in RULES:
            rule(world, actions)

    with pytest.raises(AssertionError):
        hold()
