"""What is kept of a workload that is updated in place stays small, and forgets no fence."""

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes.in_place.rolled import NAMED_MAX, Rolled, bounded, encoded, followed
from shipway.model.revision import RevisionId

OLD = RevisionId("1.0.0-0")
A, B = RevisionId("a"), RevisionId("b")


def after(releases: int) -> Rolled:
    """The first version serves again after so many others."""
    names = {RevisionId(f"2.{number}.0-{number}"): number for number in range(2, releases + 2)}
    return Rolled(
        revision=OLD,
        counts={OLD: 3},
        generations={OLD: 1, **names},
        grown={OLD: 1, **names},
        ports=dict.fromkeys({OLD, *names}, 8000),
    )


def test_a_few_revisions_are_all_named() -> None:
    assert bounded(after(NAMED_MAX - 1)) == after(NAMED_MAX - 1)


def test_of_many_the_newest_stay_and_the_one_that_has_pods() -> None:
    state = bounded(after(5000))
    assert len(state.generations) == len(state.grown) == len(state.ports) == NAMED_MAX
    assert OLD in state.generations and len(encoded(state)) < 10_000
    assert (
        state.forgotten == 5001 - (NAMED_MAX - 1) < min(state.generations[name] for name in {*state.ports} - {OLD})
    )
    assert bounded(state) == state


def test_what_an_autoscaler_makes_of_one_version_is_its_number() -> None:
    state = Rolled(revision=A, counts={A: 3}, replicas=3, autoscaled=True)
    for replicas in (5, 2):
        after = followed(state, replicas, {}, grows=False)
        assert (after.replicas, after.counts) == (replicas, {A: replicas})
    assert followed(state, 0, {}, grows=True) is state, "that is no autoscaler, which does nothing then"
    assert followed(replace(state, autoscaled=False), 5, {}, grows=True).replicas == 3


def test_beside_another_version_it_may_only_add_and_pods_that_are_there_count() -> None:
    state = Rolled(revision=B, counts={A: 2, B: 2}, replicas=4, autoscaled=True)
    there = {f"{whose}-{number}": whose for whose in (A, B) for number in range(3)}
    after = followed(state, 6, there, grows=True)
    assert (after.replicas, after.counts) == (6, {A: 3, B: 3})
    assert followed(state, 3, there, grows=True) is state
    assert followed(state, 6, there, grows=False) is state
