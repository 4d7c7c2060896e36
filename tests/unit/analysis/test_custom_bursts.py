"""Events that people count, when they come in bursts and heaps, late, or from versions that are told of apart."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shipway.analysis import counts as counting
from shipway.analysis.custom import Look, Watch, absorb, judge
from shipway.analysis.tally import Spell
from shipway.model.verdict import Kind
from unit.analysis.metrics import ALPHA, DECLINED, convicted_at, look

SPELL = Spell(index=0, of=1, share=0.5, stay_seconds=900.0, promise=1.0)


def by_look(*events: tuple[float, float], share: float = 0.1) -> list[Look]:
    """How many events of both versions came between two looks, 5 s apart; 1,000 requests of both in each."""
    totals, looks = [0.0, 0.0], [look(0.0, 0, 0)]
    for number, (candidate, stable) in enumerate(events, start=1):
        totals = [totals[0] + candidate, totals[1] + stable]
        looks.append(look(5.0 * number, *totals, 1000 * share, 1000 * (1 - share)))
    return looks


def after(looks: list[Look]) -> Watch:
    watch = Watch()
    for seen in looks:
        watch = absorb(watch, DECLINED, SPELL, seen)
    return watch


def is_harmful(looks: list[Look]) -> bool:
    return convicted_at(DECLINED, iter((SPELL, seen) for seen in looks)) is not None


def test_a_burst_of_the_candidates_own_convicts_nobody_and_what_goes_on_does() -> None:
    usual, burst = (1.0, 9.0), (10.0, 9.0)
    assert not is_harmful(by_look(*[usual] * 12, *[burst] * 6, *[usual] * 12))
    assert is_harmful(by_look(*[usual] * 12, *[burst] * 30))


def test_a_heap_of_events_at_one_instant_is_one_sign() -> None:
    """One request that logs five hundred lines."""
    assert not is_harmful(by_look(*[(1.0, 9.0)] * 12, (500.0, 9.0), *[(1.0, 9.0)] * 12))


def test_events_that_count_no_more_still_stand_in_the_way_of_health() -> None:
    watch = after(by_look(*[(1.0, 9.0)] * 12, (500.0, 9.0), *[(1.0, 9.0)] * 2))
    verdict = judge(watch, DECLINED, alpha=ALPHA, now=75.0)
    assert (verdict.kind, verdict.is_proven) == (Kind.NOT_ENOUGH, False)
    assert verdict.sentence == (
        "candidate declined looks worse than it may be (514 of 1,500 against 135 of 13,500): "
        "harm if that goes on, as nothing is known of its bursts"
    )


def test_versions_that_are_told_of_at_different_instants_are_compared_all_the_same() -> None:
    """A source that scrapes each replica once in 30 s: the stable version's events are seen 15 s later."""
    late = [((30.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 54.0), (0.0, 0.0), (0.0, 0.0))[n % 6] for n in range(180)]
    assert is_harmful(by_look(*late))
    even = [((6.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 54.0), (0.0, 0.0), (0.0, 0.0))[n % 6] for n in range(180)]
    assert not is_harmful(by_look(*even))


@settings(deadline=None)
@given(events=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=40))
def test_what_is_left_out_only_ever_speaks_for_the_candidate(events: list[tuple[int, int]]) -> None:
    watch = after(by_look(*events))
    found = counting.compared(watch.counts, DECLINED)
    assert found is not None
    is_over = watch.counts.span.open == counting.Both()
    assert found.counted.events <= found.seen.events
    if is_over:
        assert found.counted.surprise <= found.seen.surprise + 1e-9
