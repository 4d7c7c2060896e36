"""What people may ask of a run that goes back, more than once and in any order."""

from msgspec.structs import replace

from kernel import NOW, V1, V2, V3, case, plan_of, release, replicas, seen
from shipway.engine.case import Move
from shipway.engine.decide import decide
from shipway.engine.fold import fold
from shipway.engine.notice import noticed
from shipway.engine.obey import obey
from shipway.engine.state import Hold, ServiceState, TurnedBack
from shipway.model.command import Back, Command, Deploy, Promote, Request, Resume
from shipway.model.event import Entry, Event, Held, Proven, Recovered, RunStarted, StageEntered, WentBack

EVERYTHING = (*replicas(V1, 4), *replicas(V2, 4))


def after(state: ServiceState, *events: Event) -> ServiceState:
    for event in events:
        state = fold(state, [Entry(state.position + 1, NOW, event)])
    return state


def asked(state: ServiceState, command: Command) -> ServiceState:
    request = Request(id=state.read + 1, service="checkout", at=NOW, by="ana", command=command)
    return after(state, *obey(state, request, {}))


def at_row(row: int) -> ServiceState:
    begun = RunStarted(plan=plan_of("canary"), by="ana")
    return after(
        ServiceState(service="checkout"), Proven(revision=V1), begun, StageEntered(row=row, rule="stayed")
    )


def gone_back_to(row: int) -> ServiceState:
    return after(at_row(row + 1), WentBack(row=row, rule="asked", reason="asked by ana"))


def test_who_asks_for_an_earlier_stage_still_gets_there() -> None:
    state = asked(gone_back_to(2), Back(stage=1))
    assert state.run is not None
    there = case(
        state.run.plan, 2, seen(EVERYTHING, {V1: 50, V2: 50}), back=state.run.back, back_to=state.run.back_to
    )
    assert (decide(there).move, decide(there).row) == (Move.BACK, 1)


def test_asking_again_for_the_same_stage_asks_for_nothing_more() -> None:
    """A wish that stayed open turned the run back once more as soon as somebody went on."""
    state = asked(gone_back_to(2), Back(stage=2))
    assert state.run is not None and state.run.back_to is None


def test_the_second_way_back_of_a_run_is_confirmed_like_the_first() -> None:
    once = after(
        gone_back_to(2), Recovered(), StageEntered(row=2, rule="asked"), StageEntered(row=3, rule="asked")
    )
    assert once.run is not None and once.run.recovered_at is None, "a run that goes forward has nothing to tell"
    twice = after(once, WentBack(row=2, rule="asked", reason="asked by ana"))
    assert twice.run is not None
    there = case(twice.run.plan, 2, seen(EVERYTHING, {V1: 50, V2: 50}), back=twice.run.back)
    assert Recovered() in list(noticed(there.run, there.world, there.verdict))


def test_going_back_further_is_confirmed_again() -> None:
    further = after(gone_back_to(2), Recovered(), WentBack(row=0, rule="harm-goes-on", reason="harm"))
    assert further.run is not None and further.run.recovered_at is None


def test_who_goes_on_after_a_wish_that_could_not_be_granted_has_given_it_up() -> None:
    first = plan_of("canary", first=True, revision=V1)
    hold = Hold(rule="asked-no-way-back", reason="there is no earlier revision", at=NOW)
    for wish in (Promote(), Resume()):
        state = after(ServiceState(service="checkout"), RunStarted(plan=first, by="ana"))
        state = after(state, StageEntered(row=first.promoted, rule="stayed"))
        state = after(asked(state, Back(stage=0)), Held(rule=hold.rule, reason=hold.reason))
        state = asked(state, wish)
        assert state.run is not None
        there = case(first, first.promoted, seen(replicas(V1, 4), {V1: 100}))
        held = replace(there, run=replace(there.run, hold=state.run.hold, go_on=True, back_to=state.run.back_to))
        assert decide(held).move == Move.RELEASE


def test_a_wish_to_go_back_is_not_undone_by_going_on() -> None:
    """Both may be read in one look: who pulls the cord wins."""
    state = asked(asked(at_row(2), Back(stage=0)), Promote())
    assert state.run is not None and state.run.back_to == 0


def test_a_queued_deploy_of_what_is_released_meanwhile_is_not_released_once_more() -> None:
    """It would be shipped again right after the guard took it back."""
    third = release("canary", revision=V3)
    state = asked(
        asked(at_row(1), Deploy(release=third, during="queue")), Deploy(release=third, during="supersede")
    )
    assert state.run is not None
    assert (state.run.plan.candidate, state.queue) == (V3, ())


def test_a_run_that_went_back_to_a_stage_goes_on_when_asked() -> None:
    state = asked(gone_back_to(2), Promote())
    assert state.run is not None
    back = TurnedBack(row=2, rule="asked", reason="asked by ana", at=NOW)
    there = case(state.run.plan, 2, seen(EVERYTHING, {V1: 50, V2: 50}), back=back, promote=state.run.promote)
    assert (decide(there).move, decide(there).row) == (Move.FORWARD, 2)
