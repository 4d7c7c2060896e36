"""What holds for any stream of counts."""

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.analysis.comparison import Comparison, comparison_of
from shipway.analysis.judge import judge
from shipway.analysis.tail import surprise
from shipway.analysis.tally import Tally, absorb, begin_stage, splits_of, whole
from shipway.analysis.windows import window
from shipway.model.policy import Guard
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample, Window
from shipway.model.verdict import Kind, Severity

Scrape = tuple[int, int, int, int]
"""Candidate requests and errors, stable requests and errors."""
ANY = RevisionId("any")
LIMITS = Guard(success_rate_min=0.99, latency_p99_max=0.5)


@st.composite
def scrapes(draw: st.DrawFn, *, least: int = 0) -> Scrape:
    requests, stable = draw(st.integers(least, 400)), draw(st.integers(least, 4000))
    return requests, draw(st.integers(0, requests)), stable, draw(st.integers(0, stable // 10))


def seen(number: int, requests: int, errors: int) -> Window:
    return Window(revision=ANY, start=5.0 * number, end=5.0 * number + 5.0, requests=requests, errors=errors)


def told(stream: Sequence[Scrape], *, share: float = 0.1, stages: int = 1) -> Tally:
    tally = Tally()
    for number, (requests, errors, stable, stable_errors) in enumerate(stream):
        index = number * stages // len(stream)
        tally = begin_stage(tally, index=index, of=stages, share=share, stay_seconds=900.0)
        stable_window = seen(number, stable, stable_errors) if stable else None
        tally = absorb(tally, stable=stable_window, candidate=seen(number, requests, errors))
    return tally


def found(tally: Tally) -> Comparison:
    comparison = comparison_of(tally)
    assert comparison is not None
    return comparison


def split(scrape: Scrape, parts: int) -> list[Scrape]:
    """The same scrape in equal parts; every count must be divisible."""
    requests, errors, stable, stable_errors = scrape
    return [(requests // parts, errors // parts, stable // parts, stable_errors // parts)] * parts


@given(
    blocks=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 10)), min_size=3, max_size=12),
    parts=st.sampled_from([2, 3, 4]),
)
def test_finer_scrapes_of_the_same_stream_give_the_same_score(blocks: list[tuple[int, int]], parts: int) -> None:
    coarse = [(240, 12 * errors, 2160, 12 * stable) for errors, stable in blocks]
    fine = [part for scrape in coarse for part in split(scrape, parts)]
    one, many = found(told(coarse)), found(told(fine))
    assert (one.errors, one.total) == (many.errors, many.total)
    assert one.mean == pytest.approx(many.mean)
    assert one.surprise == pytest.approx(many.surprise, rel=1e-9)
    assert one.ratio == pytest.approx(many.ratio)


@given(stream=st.lists(scrapes(least=20), min_size=1, max_size=20))
def test_swapping_the_versions_mirrors_what_is_expected(stream: list[Scrape]) -> None:
    swapped = [(stable, stable_errors, requests, errors) for requests, errors, stable, stable_errors in stream]
    one, other = found(told(stream)), found(told(swapped))
    assert one.total == other.total
    assert one.mean + other.mean == pytest.approx(one.total)
    assert min(one.surprise, other.surprise) == 0.0 or math.isclose(one.errors, one.mean)


@given(stream=st.lists(scrapes(least=20), min_size=1, max_size=20))
def test_swapping_the_versions_inverts_the_estimated_ratio(stream: list[Scrape]) -> None:
    swapped = [(stable, stable_errors, requests, errors) for requests, errors, stable, stable_errors in stream]
    one, other = found(told(stream)), found(told(swapped))
    inside = 0.2 < one.ratio < 5.0 and one.total > 100
    assert not inside or one.ratio * other.ratio == pytest.approx(1.0, rel=0.05)


@given(
    errors=st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), min_size=1, max_size=20),
    where=st.integers(0, 19),
    more=st.integers(1, 15),
    stable=st.sampled_from([40, 120, 760, 3960]),
)
def test_more_candidate_errors_never_lower_the_surprise(
    errors: list[tuple[int, int]], where: int, more: int, stable: int
) -> None:
    """At one division of requests; an error where the candidate has most of them says little of one with few."""
    stream = [(40, bad, stable, base) for bad, base in errors]
    requests, bad, _, base = stream[where % len(stream)]
    worse = list(stream)
    worse[where % len(stream)] = (requests, bad + more, stable, base)
    before, after = found(told(stream)), found(told(worse))
    assert after.surprise >= before.surprise * (1 - 1e-9)
    assert after.ratio >= before.ratio


@given(stream=st.lists(scrapes(least=20), min_size=1, max_size=30), quiet=st.integers(1, 5))
def test_scrapes_without_errors_move_nothing(stream: list[Scrape], quiet: int) -> None:
    before = found(told(stream))
    after = found(told([*stream, *([(50, 0, 500, 0)] * quiet)]))
    assert (before.surprise, before.ratio) == (after.surprise, after.ratio)


@given(
    stream=st.lists(scrapes(), min_size=1, max_size=40),
    stages=st.integers(1, 5),
    share=st.sampled_from([0.0, 0.05, 0.5, 1.0]),
)
def test_any_stream_gets_a_verdict_with_a_sentence_and_a_checkpoint(
    stream: list[Scrape], stages: int, share: float
) -> None:
    tally = told(stream, stages=stages, share=share)
    for guard in (Guard(), LIMITS):
        verdict = judge(tally, guard, now=5.0 * len(stream))
        assert verdict.sentence and "\n" not in verdict.sentence
        assert (verdict.severity is not None) == (verdict.kind == Kind.HARMFUL)
        assert verdict.kind != Kind.BLIND
    assert msgspec.json.decode(msgspec.json.encode(tally), type=Tally) == tally


@given(stream=st.lists(scrapes(), min_size=2, max_size=20), cut=st.integers(1, 19))
def test_a_tally_goes_on_from_its_checkpoint_as_if_nothing_had_happened(stream: list[Scrape], cut: int) -> None:
    half = told(stream[:cut])
    kept = msgspec.json.decode(msgspec.json.encode(half), type=Tally)
    for number, (requests, errors, stable, stable_errors) in enumerate(stream[cut:], start=cut):
        pair = seen(number, stable, stable_errors), seen(number, requests, errors)
        half = absorb(half, stable=pair[0], candidate=pair[1])
        kept = absorb(kept, stable=pair[0], candidate=pair[1])
    assert half == kept


@given(stream=st.lists(scrapes(), min_size=1, max_size=30), rate=st.floats(0.0, 0.2))
def test_no_errors_are_never_harm(stream: list[Scrape], rate: float) -> None:
    clean = [(requests, 0, stable, int(rate * stable)) for requests, _, stable, _ in stream]
    assert judge(told(clean), LIMITS, now=0.0).kind != Kind.HARMFUL


@given(stream=st.lists(scrapes(), min_size=1, max_size=30))
def test_only_what_both_versions_had_requests_for_is_compared(stream: list[Scrape]) -> None:
    compared = told(stream).compared
    block = whole(compared)
    assert (block.requests > 0) == (block.stable_requests > 0)
    assert sum(errors for errors, _ in splits_of(compared)) == block.both
    assert block.requests <= sum(scrape[0] for scrape in stream)


@given(errors=st.integers(1, 3000), others=st.integers(0, 3000), part=st.floats(0.001, 0.99))
def test_the_surprise_is_finite_and_grows_with_the_share_of_errors(errors: int, others: int, part: float) -> None:
    total = errors + others
    one, more = surprise(errors, total, part * total), surprise(errors + 1, total + 1, part * (total + 1))
    assert 0.0 <= one < math.inf
    assert more >= one * (1 - 1e-3) - 1e-9 or total > 2000


counts = st.builds(
    lambda requests, part: Counts(requests=requests, errors=int(requests * part)),
    st.integers(0, 10**6),
    st.floats(0.0, 1.0),
)


@given(history=st.lists(st.dictionaries(st.sampled_from("abc"), counts), min_size=2, max_size=8))
def test_windows_are_never_negative_whatever_restarts(history: list[dict[str, Counts]]) -> None:
    samples = [Sample(revision=ANY, at=float(at), series=series) for at, series in enumerate(history)]
    for before, after in pairwise(samples):
        counted = window(before, after)
        assert counted.requests >= 0 and counted.errors >= 0
        assert counted.requests <= sum(each.requests for each in after.series.values())


@given(history=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=20))
def test_windows_of_counters_that_only_grow_sum_to_the_last_sample(history: list[tuple[int, int]]) -> None:
    samples, requests, errors = [Sample(revision=ANY, at=0.0)], 0, 0
    for at, (good, bad) in enumerate(history, start=1):
        requests, errors = requests + good + bad, errors + bad
        samples.append(
            Sample(revision=ANY, at=float(at), series={"one": Counts(requests=requests, errors=errors)})
        )
    seen_windows = [window(before, after) for before, after in pairwise(samples)]
    assert sum(each.requests for each in seen_windows) == requests
    assert sum(each.errors for each in seen_windows) == errors


@given(base=st.integers(0, 200), times=st.sampled_from([8, 20]))
def test_a_candidate_failing_many_times_as_often_is_critical_in_the_end(base: int, times: int) -> None:
    errors = max(200, base * times // 10)
    stream = [(2000, min(2000, errors), 20_000, base)] * 20
    verdict = judge(told(stream), Guard(), now=100.0)
    assert (verdict.kind, verdict.severity) == (Kind.HARMFUL, Severity.CRITICAL)
