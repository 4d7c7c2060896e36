"""What a service stands on is never forgotten; of the rest the newest stay."""

from hypothesis import given
from hypothesis import strategies as st

from crash.rollouts import V1, V2, V3, release
from shipway.engine.keeping import needed, standing
from shipway.engine.state import ServiceState
from shipway.model.command import Deploy, Pause, Rollback
from shipway.model.plan import Stage
from shipway.model.revision import RevisionId
from shipway.simulation.random_scenario import scenario_of
from shipway.simulation.simulate import simulate

KEPT = [RevisionId(f"v{number}") for number in range(1, 9)]


def test_the_newest_stay_and_what_is_needed_besides() -> None:
    found = standing(KEPT, keep=2, needed={V1: "is live"})
    assert found == {V1: "is live", "v7": "one of the newest 2", "v8": "one of the newest 2"}


def test_what_is_needed_says_why_even_where_it_is_among_the_newest() -> None:
    assert standing(KEPT, keep=8, needed={V2: "is live"})[V2] == "is live"


@given(keep=st.integers(1, 12), names=st.sets(st.sampled_from(KEPT)))
def test_nothing_goes_that_is_needed_and_not_more_than_was_asked_for(keep: int, names: set[RevisionId]) -> None:
    found = standing(KEPT, keep=keep, needed=dict.fromkeys(names, "is live"))
    assert names <= set(found) <= set(KEPT)
    assert KEPT[-1] in found
    assert len(found) <= keep + len(names) and len(found) >= min(keep, len(KEPT))


def test_live_former_serving_queued_and_unread_revisions_are_needed() -> None:
    queue = ((7, "dev", Deploy(release=release(V3, "canary"))),)
    state = ServiceState(
        service="checkout", proven=V1, former=V2, queue=queue, rest=Stage(name="rest", capacity={V1: 2})
    )
    unread = (Pause(), Rollback(release=release(RevisionId("v4"), "back")), Rollback())
    found = needed(state, unread)
    assert found == {
        V1: "is live",
        V2: "`shipway rollback` returns to it",
        V3: "waits to be released",
        "v4": "waits to be released",
    }


def test_at_every_moment_of_a_release_both_its_versions_are_needed() -> None:
    from shipway.engine.fold import fold

    for seed in range(12):
        state = ServiceState(service="checkout")
        for entry in simulate(scenario_of(seed)).entries:
            state = fold(state, (entry,))
            if state.run:
                assert {state.run.plan.candidate, state.run.plan.base} - {None} <= set(needed(state, ()))
            assert state.proven is None or state.proven in needed(state, ())
