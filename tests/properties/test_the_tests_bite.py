"""Each safety rule switched off in turn: the simulation must then report what breaks, or it proves nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest
from msgspec.structs import replace
from pytest import MonkeyPatch

from properties.races import race_of
from shipway.engine import adopting, contracting, decide, guard, notice, obey, tick
from shipway.engine.case import Case, Decision
from shipway.engine.converge import capacity, endpoints, flags, route, schema
from shipway.engine.state import ServiceState
from shipway.engine.world import World
from shipway.model.action import Action, Drain, Stop
from shipway.model.event import Entry, Event
from shipway.model.fleet import Replica
from shipway.model.plan import Stage
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Mirror, Route
from shipway.model.share import NONE, TOTAL, Share
from shipway.planning.facts import Facts
from shipway.planning.strategies import rows
from shipway.simulation import platform
from shipway.simulation.ending import violations_of
from shipway.simulation.random_scenario import of_workers, scenario_of
from shipway.simulation.scenario import Scenario
from shipway.simulation.store import MemoryJournal
from shipway.simulation.wire import Wire

SEEDS_MAX = 600
Switch = Callable[[MonkeyPatch], None]


def _pending_routes_are_forgotten(patch: MonkeyPatch) -> None:
    def highest(world: World, revision: RevisionId) -> Share:
        return world.routing.highest.get(revision, NONE) if world.routing else TOTAL

    patch.setattr(World, "highest", highest)
    patch.setattr(World, "lowest", lambda w, r: w.routing.lowest.get(r, NONE) if w.routing else NONE)
    patch.setattr(World, "possible_routes", ())


def _one_replica_carries_everything(patch: MonkeyPatch) -> None:
    patch.setattr(World, "needed", lambda world, share: 1 if share else 0)
    patch.setattr(World, "carry", lambda world, revision: TOTAL if world.steady(revision) else NONE)


def _late_effects_are_not_fenced(patch: MonkeyPatch) -> None:
    patch.setattr(Wire, "is_stale", lambda *_: False)


def _draining_ignores_what_remains(patch: MonkeyPatch) -> None:
    patch.setattr(capacity, "needed_at_worst", lambda *_: 0)
    patch.setattr(endpoints, "needed_at_worst", lambda *_: 0)


def _drained_is_marked(patch: MonkeyPatch) -> None:
    patch.setattr(capacity, "_is_drained", lambda _, replica: replica.draining_since is not None)


def _in_flight_is_not_waited_for(patch: MonkeyPatch) -> None:
    def is_drained(world: World, replica: Replica) -> bool:
        return replica.draining_since is not None and not world.may_receive(replica)

    patch.setattr(capacity, "_is_drained", is_drained)


def _one_proxys_word_is_enough(patch: MonkeyPatch) -> None:
    def may_receive(world: World, replica: Replica) -> bool:
        return replica.address in world._published

    patch.setattr(World, "may_receive", may_receive)


def _the_dead_keep_their_share(patch: MonkeyPatch) -> None:
    usual = route._limit

    def limit(world: World, revision: RevisionId) -> Share:
        return usual(world, revision) if world.ready(revision) else world.lowest(revision)

    patch.setattr(route, "_limit", limit)


def _what_got_lost_is_not_asked_for_again(patch: MonkeyPatch) -> None:
    patch.setattr(World, "is_asked", lambda world, action: any(i.action == action for i in world.pending))


def _schema_moves_under_running_code(patch: MonkeyPatch) -> None:
    patch.setattr(schema, "_keeps", lambda *_: True)


def _flags_rise_without_their_code(patch: MonkeyPatch) -> None:
    patch.setattr(flags, "_is_carried", lambda *_: True)


def _row_0_is_what_runs(patch: MonkeyPatch) -> None:
    usual = obey.facts

    def facts(state: ServiceState, *others: Any) -> Facts:
        made = usual(state, *others)
        return replace(made, base=state.run.plan.candidate) if state.run and made.base else made

    patch.setattr(obey, "facts", facts)


def _a_run_that_goes_back_may_go_forward_again(patch: MonkeyPatch) -> None:
    patch.setattr(decide, "BACKWARDS", decide.FORWARDS)


def _there_are_no_deadlines(patch: MonkeyPatch) -> None:
    patch.setattr(decide, "_is_late", lambda _: False)


def _nothing_known_counts_as_healthy(patch: MonkeyPatch) -> None:
    def without_evidence(case: Case) -> Decision:
        return decide._next(case, "healthy", "nobody complained")

    patch.setattr(decide, "_without_evidence", without_evidence)


def _an_undecided_stage_grows_as_if_it_were_decided(patch: MonkeyPatch) -> None:
    def repeat(case: Case) -> int | None:
        later = range(case.run.row + 1, case.run.plan.promoted + 1)
        return next((row for row in later if not case.run.plan.stages[row].is_repeat), None)

    patch.setattr(decide, "_repeat", repeat)


def _without(patch: MonkeyPatch, *rules: object) -> None:
    patch.setattr(decide, "FORWARDS", tuple(rule for rule in decide.FORWARDS if rule not in rules))


def _harm_is_not_looked_at(patch: MonkeyPatch) -> None:
    _without(patch, decide.critical, decide.high, decide.medium)


def _an_old_shape_goes_unasked(patch: MonkeyPatch) -> None:
    _without(patch, contracting.rule)


def _a_cold_version_goes_on(patch: MonkeyPatch) -> None:
    _without(patch, decide.warm_up_failed)


def _other_hands_are_overwritten(patch: MonkeyPatch) -> None:
    patch.setattr(tick, "_actions", lambda draft: tick.converge(draft.world))


def _stages_settle_unseen(patch: MonkeyPatch) -> None:
    patch.setattr(notice, "is_reached", lambda *_: True)


def _recovery_is_claimed_at_once(patch: MonkeyPatch) -> None:
    patch.setattr(World, "highest", lambda *_: NONE)


def _the_guard_sleeps_after_promotion(patch: MonkeyPatch) -> None:
    usual = guard.is_due
    patch.setattr(guard, "is_due", lambda e, run, now: run.row < run.plan.promoted and usual(e, run, now))


def _promotion_starts_afresh(patch: MonkeyPatch) -> None:
    usual = rows.closing

    def closing(*given: Any, **options: Any) -> tuple[Stage, ...]:
        *before, last = usual(*given, **options)
        return (*before, replace(last, capacity={name: max(1, n - 1) for name, n in last.capacity.items()}))

    patch.setattr(rows, "closing", closing)


def _traffic_waits_while_going_back(patch: MonkeyPatch) -> None:
    usual = route._best
    patch.setattr(route, "_best", lambda world: None if world.is_going_back else usual(world))


def _copies_go_on_while_going_back(patch: MonkeyPatch) -> None:
    usual = route._mirror

    def mirror(world: World, wanted: Route) -> Mirror | None:
        running = world.routing.confirmed if world.routing else None
        return usual(world, wanted) or (running.mirror if running else None)

    patch.setattr(route, "_mirror", mirror)


def _an_experiment_decides_itself(patch: MonkeyPatch) -> None:
    patch.setattr(decide, "_over", lambda case, _: decide._next(case, "stayed", ""))


def _replicas_are_listed_before_they_are_ready(patch: MonkeyPatch) -> None:
    def listed(world: World) -> Iterator[Endpoint]:
        replicas = (one for revision in world.revisions for one in world.replicas(revision))
        return (Endpoint(revision=replica.revision, address=replica.address) for replica in replicas)

    patch.setattr(endpoints, "_endpoints", listed)


def _copies_wait_for_nobody(patch: MonkeyPatch) -> None:
    patch.setattr(route, "_can_take", lambda *_: True)


def _flags_wait_while_going_back(patch: MonkeyPatch) -> None:
    usual = flags._highest
    patch.setattr(flags, "_highest", lambda world, flag: NONE if world.is_going_back else usual(world, flag))


def _workers_are_never_missed(patch: MonkeyPatch) -> None:
    patch.setattr(capacity, "spare_workers", lambda _: 100)


def _workers_are_killed_at_once(patch: MonkeyPatch) -> None:
    patch.setattr(platform, "GRACE_SECONDS", 0.5)


def _each_revision_gives_up_what_all_have_to_spare(patch: MonkeyPatch) -> None:
    usual = World.asking

    def asking(world: World, actions: Iterable[Action]) -> World:
        return usual(world, [action for action in actions if not isinstance(action, Drain | Stop)])

    patch.setattr(World, "asking", asking)
    patch.setattr(World, "_leaving", lambda *_: frozenset())


def _two_write_at_once(patch: MonkeyPatch) -> None:
    async def append(
        journal: MemoryJournal, service: str, events: tuple[Event, ...], *, length: int, token: int
    ) -> tuple[Entry, ...]:
        kept = journal.entries.setdefault(service, [])
        written = tuple(Entry(length + n, journal.clock.now(), event) for n, event in enumerate(events, start=1))
        kept.extend(written)
        journal.after_append(events)
        return written

    patch.setattr(MemoryJournal, "append", append)


def _hooks_are_not_waited_for(patch: MonkeyPatch) -> None:
    patch.setattr(tick, "_is_kept_waiting", lambda *_: False)


def _anything_is_adopted(patch: MonkeyPatch) -> None:
    patch.setattr(adopting, "_reason", lambda *_: "")


SWITCHES: Mapping[str, tuple[Switch, ...]] = {
    "no traffic without capacity": (
        _pending_routes_are_forgotten,
        _one_replica_carries_everything,
        _late_effects_are_not_fenced,
    ),
    "no traffic into a black hole": (_the_dead_keep_their_share,),
    "no capacity goes while it works": (
        _draining_ignores_what_remains,
        _drained_is_marked,
        _in_flight_is_not_waited_for,
        _one_proxys_word_is_enough,
    ),
    "nothing is believed until observed": (_stages_settle_unseen, _recovery_is_claimed_at_once),
    "promotion replaces nothing": (_promotion_starts_afresh,),
    "exposed users are guarded": (_the_guard_sleeps_after_promotion,),
    "no data is not health": (_nothing_known_counts_as_healthy,),
    "an undecided stage grows within its plan": (_an_undecided_stage_grows_as_if_it_were_decided,),
    "never forward while harmful": (_harm_is_not_looked_at,),
    "a revision serves only on its schema": (_schema_moves_under_running_code,),
    "contract asks first": (_an_old_shape_goes_unasked,),
    "a flag grows only on its code": (_flags_rise_without_their_code,),
    "an intent comes before its effect": (_two_write_at_once,),
    "nothing waits forever": (
        _there_are_no_deadlines,
        _what_got_lost_is_not_asked_for_again,
    ),
    "back is one-way": (_a_run_that_goes_back_may_go_forward_again,),
    "row 0 is proven": (_row_0_is_what_runs,),
    "a rollback waits for nothing": (_traffic_waits_while_going_back,),
    "a rollback waits for nothing: copies": (_copies_go_on_while_going_back,),
    "no copies into a black hole": (_copies_wait_for_nobody,),
    "a person decides on an experiment": (_an_experiment_decides_itself,),
    "no users before it is warm": (_replicas_are_listed_before_they_are_ready,),
    "a version that stays cold goes back": (_a_cold_version_goes_on,),
    "a rollback waits for nothing: flags": (_flags_wait_while_going_back,),
    "other hands are not overwritten": (_other_hands_are_overwritten,),
    "only what carries the plan is adopted": (_anything_is_adopted,),
    "hooks come first": (_hooks_are_not_waited_for,),
}


OF_WORKERS: Mapping[str, tuple[Switch, ...]] = {
    "no capacity goes while it works": (
        _workers_are_never_missed,
        _each_revision_gives_up_what_all_have_to_spare,
    ),
    "nothing is believed until observed": (_stages_settle_unseen,),
    "no job is killed": (_workers_are_killed_at_once,),
    "exposed users are guarded": (_the_guard_sleeps_after_promotion,),
    "nothing waits forever": (_there_are_no_deadlines,),
}
"""The same rules where replicas fetch jobs."""


RACES = (_late_effects_are_not_fenced, _pending_routes_are_forgotten, _one_proxys_word_is_enough)
"""What only shows when a rollout turns round while an effect is under way."""


def _pairs() -> Iterator[Any]:
    for rule, switches in SWITCHES.items():
        for switch in switches:
            yield pytest.param(rule, switch, id=switch.__name__.strip("_"))


BEGINS = {
    _each_revision_gives_up_what_all_have_to_spare: 1070,
    _flags_rise_without_their_code: 390,
    _an_undecided_stage_grows_as_if_it_were_decided: 200,
    _anything_is_adopted: 130,
}
"""Where the search begins for what shows in one of hundreds of stories."""


def noticed(rule: str, switch: Switch, make: Callable[[int], Scenario]) -> None:
    first = BEGINS.get(switch, 0)
    for seed in range(first, first + SEEDS_MAX):
        _, found = violations_of(make(seed))
        if any(violation.rule == rule for violation in found):
            print(f"noticed by seed {seed}")
            return
    pytest.fail(f"{SEEDS_MAX} seeds ran without {rule!r} being broken")


@pytest.mark.parametrize(("rule", "switch"), tuple(_pairs()))
def test_the_simulation_notices_when(rule: str, switch: Switch, monkeypatch: MonkeyPatch) -> None:
    switch(monkeypatch)
    noticed(rule, switch, race_of if switch in RACES else scenario_of)


@pytest.mark.parametrize(
    ("rule", "switch"),
    [pytest.param(rule, one, id=one.__name__.strip("_")) for rule, ones in OF_WORKERS.items() for one in ones],
)
def test_the_simulation_of_workers_notices_when(rule: str, switch: Switch, monkeypatch: MonkeyPatch) -> None:
    switch(monkeypatch)
    noticed(rule, switch, lambda seed: of_workers(scenario_of(seed)))
