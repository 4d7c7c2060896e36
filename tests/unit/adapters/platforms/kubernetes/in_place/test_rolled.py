"""What is kept of a workload that is updated in place stays small, and forgets no fence."""

from shipway.adapters.platforms.kubernetes.in_place.rolled import NAMED_MAX, Rolled, bounded, encoded
from shipway.model.revision import RevisionId

OLD = RevisionId("1.0.0-0")


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
