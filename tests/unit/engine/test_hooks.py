"""Hooks are called in their moments: once for each stage, before it, along with it and after it."""

from shipway.model.command import Back, Deploy, Resume
from shipway.model.event import (
    Event,
    Held,
    HookAnswered,
    HookCalled,
    Intended,
    StageEntered,
    StageSettled,
    WentBack,
)
from shipway.model.hook import AFTER_STAGE, BEFORE_STAGE, BEFORE_SWITCH, DURING_STAGE, ON_ROLLBACK, Hook, Hooks
from shipway.model.release import BlueGreen, Release
from shipway.model.revision import Revision, RevisionId
from shipway.simulation.faults import Code, Controllers, Faults
from shipway.simulation.scenario import Asked, Scenario
from shipway.simulation.simulate import Outcome, simulate

V1, V2 = RevisionId("v1"), RevisionId("v2")


def hook(moment: str, target: str = "yes 1", *, timeout: float = 15.0) -> Hook:
    return Hook(moment=moment, kind="simulated", target=target, timeout=timeout)


def play(
    *calls: Hook, asked: tuple[Asked, ...] = (), back_after: float | None = None, **faults: object
) -> Outcome:
    def release(name: RevisionId, hooks: Hooks) -> Release:
        return Release(
            service="checkout",
            revision=name,
            strategy="blue-green",
            replicas=2,
            blue_green=BlueGreen(bake=5.0),
            hooks=hooks,
        )

    return simulate(
        Scenario(
            seed=1,
            revisions=tuple(Revision(id=n, service="checkout", version=n, platform={}) for n in (V1, V2)),
            asked=(
                Asked(at=0.0, command=Deploy(release=release(V1, Hooks()))),
                Asked(at=60.0, command=Deploy(release=release(V2, Hooks(calls=calls, back_after=back_after)))),
                *asked,
            ),
            codes={V1: Code(start=1.0), V2: Code(start=1.0)},
            faults=Faults(until=300.0, **faults),  # type: ignore[arg-type]
            horizon=6000.0,
        )
    )


def told(outcome: Outcome, *kinds: type[Event]) -> list[Event]:
    """Of the second release."""
    return [e.event for e in outcome.entries if e.at >= 60.0 and isinstance(e.event, kinds)]


def outcome_of(played: Outcome) -> str:
    return "held" if played.state.run else played.state.past[-1].outcome


def test_nothing_is_done_for_a_stage_before_its_hook_has_agreed() -> None:
    played = play(hook(BEFORE_STAGE, "yes 20", timeout=60.0))
    first = told(played, HookCalled, HookAnswered, Intended)[:3]
    assert [type(event) for event in first] == [HookCalled, HookAnswered, Intended]
    assert outcome_of(played) == "finished"


def test_the_hook_before_the_switch_is_called_for_that_stage_alone() -> None:
    played = play(hook(BEFORE_SWITCH))
    [called] = told(played, HookCalled)
    assert isinstance(called, HookCalled)
    run = next(entry.event for entry in played.entries if entry.at >= 60.0 and hasattr(entry.event, "plan"))
    assert called.row == run.plan.promoted  # type: ignore[union-attr]


def test_every_stage_has_its_hooks_in_their_order_and_each_once() -> None:
    moments = (AFTER_STAGE, DURING_STAGE, BEFORE_STAGE)
    played = play(*(hook(moment, "yes 0") for moment in moments))
    rows = 1 + max(e.row for e in told(played, StageEntered) if isinstance(e, StageEntered))
    called = [(e.row, moments[e.number]) for e in told(played, HookCalled) if isinstance(e, HookCalled)]
    assert called == [
        (row, moment) for row in range(1, rows) for moment in (BEFORE_STAGE, DURING_STAGE, AFTER_STAGE)
    ]
    assert outcome_of(played) == "finished"


def test_what_goes_along_with_a_stage_keeps_nobody_and_ends_with_it() -> None:
    played = play(hook(DURING_STAGE, "yes 100000", timeout=1e6), hook(DURING_STAGE, "yes 0"))
    assert outcome_of(played) == "finished"
    ended = [e for e in told(played, HookAnswered) if isinstance(e, HookAnswered)]
    assert {e.detail for e in ended} == {"it was ended with its stage", "the gate said yes"}


def test_a_hook_that_fails_holds_the_stage_and_is_called_again_when_somebody_goes_on() -> None:
    resume = Asked(at=150.0, command=Resume())
    for moment in (BEFORE_STAGE, DURING_STAGE, AFTER_STAGE):
        played = play(hook(moment, "no 1"), asked=(resume,))
        assert outcome_of(played) == "held"
        assert played.state.run and played.state.run.hold and played.state.run.hold.rule == "hook"
        assert len(told(played, HookCalled)) == 2, "once more after the resume"


def test_a_failed_hook_takes_the_release_back_after_its_patience() -> None:
    played = play(hook(BEFORE_STAGE, "never"), back_after=30.0)
    assert [type(event) for event in told(played, Held, WentBack)] == [Held, WentBack]
    assert outcome_of(played) == "rolled-back"


def test_a_take_back_is_told_and_waits_for_no_agreement() -> None:
    back = Asked(at=64.0, command=Back(reason="enough"))
    played = play(hook(ON_ROLLBACK, "no 1"), hook(ON_ROLLBACK, "never"), hook(ON_ROLLBACK), asked=(back,))
    assert outcome_of(played) == "rolled-back"
    answers = [e.passed for e in told(played, HookAnswered) if isinstance(e, HookAnswered)]
    assert answers == [False, False, True], "one that fails keeps the next ones from nothing"


def test_a_dead_stable_revision_is_rescued_from_without_waiting_for_hooks() -> None:
    played = play(hook(BEFORE_SWITCH, "no 1"), kill_stable_at=61.0)
    settled = [e.row for e in told(played, StageSettled) if isinstance(e, StageSettled)]
    assert settled


def test_a_successor_journals_a_call_again_before_it_makes_it() -> None:
    played = play(hook(BEFORE_STAGE, "yes 3"), controllers=Controllers(die=0.2))
    assert played.deaths > 0
    assert len(told(played, HookCalled)) >= len(told(played, HookAnswered)) > 0
    assert not played.violations
