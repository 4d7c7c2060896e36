"""A backfill that waits has its stage wait, without calling it late, up to an hour; then a person is told."""

from msgspec.structs import replace

from kernel import NOW, V1, case, replicas, seen
from shipway.analysis import strain
from shipway.engine import straining
from shipway.engine.backfilling import PAUSED_SECONDS_MAX, WAITS, WAITS_LONG
from shipway.engine.case import Case, Move
from shipway.engine.decide import decide
from shipway.engine.fold import fold
from shipway.engine.guard import Evidence
from shipway.engine.state import Hold, ServiceState, TurnedBack
from shipway.model.event import Cleared, Entry, Event, Marked, RunStarted, StageEntered
from shipway.model.observed import Filling, Observed
from shipway.model.phase import Phase
from shipway.model.sample import Window
from shipway.model.wait import Wait
from shipway.planning.plan import plan
from unit.planning.test_changes import ENDED, NAME, facts, release_with

PLAN = plan(release_with(ENDED), facts())
EXPAND = 1
WHY = "replicas are 9 s behind"


def looking(paused_for: float | None) -> Observed:
    found = seen(replicas(V1, 4), {V1: 100}, phases={NAME: Phase.DUAL_WRITING})
    assert found.schema is not None
    paused = {} if paused_for is None else {NAME: Wait(why=WHY, since=NOW - paused_for)}
    filling = {NAME: Filling(walked=1, total=2, seconds=1.0)}
    return replace(found, schema=replace(found.schema, paused=paused, filling=filling))


def at_expand(paused_for: float | None, **run: object) -> Case:
    return case(PLAN, EXPAND, looking(paused_for), **{"settled_at": None, **run})


def test_while_it_waits_the_stage_waits_and_says_why_and_since_when() -> None:
    late = NOW - PLAN.stages[EXPAND].stay.deadline - 1.0
    decision = decide(at_expand(60.0, entered_at=late))
    assert (decision.move, decision.rule) == (Move.STAY, WAITS)
    assert decision.reason == f"the backfill of {NAME} is paused since 1970-01-01 00:15 UTC: {WHY}"


def test_what_it_waited_is_no_part_of_the_deadline() -> None:
    late = NOW - PLAN.stages[EXPAND].stay.deadline - 1.0
    assert decide(at_expand(None, entered_at=late)).rule == "late"
    assert decide(at_expand(None, entered_at=late, waited=2.0)).rule == "converging"


def test_after_an_hour_it_is_held_and_goes_on_by_itself() -> None:
    held = decide(at_expand(PAUSED_SECONDS_MAX))
    assert (held.move, held.rule) == (Move.HOLD, WAITS_LONG) and WHY in held.reason
    hold = Hold(rule=WAITS_LONG, reason=held.reason, at=NOW)
    assert decide(at_expand(PAUSED_SECONDS_MAX + 5.0, hold=hold)).move == Move.STAY
    assert decide(at_expand(None, hold=hold)).move == Move.RELEASE


def test_the_journal_knows_how_long_it_waited_in_a_stage() -> None:
    events: list[tuple[float, Event]] = [
        (0.0, RunStarted(plan=PLAN, by="ana", command=1)),
        (10.0, StageEntered(row=EXPAND, rule="stayed", reason="")),
        (20.0, Marked(name=WAITS)),
        (50.0, Cleared(name=WAITS)),
        (60.0, Marked(name=WAITS)),
        (61.0, Cleared(name=WAITS)),
    ]
    entries = [Entry(position=at, at=when, event=one) for at, (when, one) in enumerate(events, start=1)]
    state = fold(ServiceState(service="checkout"), entries)
    assert state.run is not None and state.run.waited == 31.0
    entered = Entry(position=7, at=70.0, event=StageEntered(row=EXPAND + 1, rule="stayed", reason=""))
    state = fold(state, [entered])
    assert state.run is not None and state.run.waited == 0.0


def counted(errors: int) -> dict[object, Window]:
    return {V1: Window(revision=V1, start=0.0, end=1.0, requests=100, errors=errors)}


def test_users_who_suffer_have_it_wait_only_while_rows_are_filled() -> None:
    run = at_expand(None).run
    usual = strain.begun([Window(revision=V1, start=0.0, end=0.0, requests=9000, errors=3)])
    evidence = Evidence(run=run.id, windows=counted(50), strain=usual)  # type: ignore[arg-type]
    hurt = straining.look(evidence, run, looking(None))
    assert straining.reason(hurt, run) == "users suffer: 50.0% of requests fail, usually 0.0%"
    assert straining.reason(hurt, replace(run, id=run.id + 1)) == "", "another run's users are not these"
    filled = seen(replicas(V1, 4), {V1: 100}, phases={NAME: Phase.BACKFILLED})
    assert straining.look(hurt, run, filled).strain is None
    unseen = replace(filled, schema=None)
    assert straining.look(hurt, run, unseen) == hurt, "a database that is not seen says nothing"


def test_it_begins_with_how_users_were_before_and_never_while_going_back() -> None:
    run = at_expand(None).run
    assert straining.look(Evidence(run=run.id), run, looking(None)).strain is not None
    back = replace(run, back=TurnedBack(row=0, rule="asked", reason="", at=NOW))
    assert straining.look(Evidence(run=run.id), back, looking(None)).strain is None
