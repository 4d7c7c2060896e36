"""Deltas between two samples."""

from shipway.analysis.windows import window
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample

ONE = RevisionId("one")


def sample(at: float, bounds: tuple[float, ...] = (), **series: Counts) -> Sample:
    return Sample(revision=ONE, at=at, series=series, bounds_seconds=bounds)


def test_counts_between_two_samples_are_differences_summed_over_series() -> None:
    before = sample(10.0, a=Counts(requests=100, errors=5, latency_sum_seconds=1.5), b=Counts(requests=50))
    after = sample(
        15.0, a=Counts(requests=130, errors=6, latency_sum_seconds=2.0), b=Counts(requests=70, errors=2)
    )
    seen = window(before, after)
    assert (seen.start, seen.end) == (10.0, 15.0)
    assert (seen.requests, seen.errors, seen.latency_sum_seconds) == (50, 3, 0.5)


def test_a_series_that_restarted_counts_from_zero() -> None:
    seen = window(sample(0.0, a=Counts(requests=100, errors=5)), sample(1.0, a=Counts(requests=7, errors=1)))
    assert (seen.requests, seen.errors) == (7, 1)


def test_a_restart_is_seen_by_any_value_that_fell() -> None:
    """A busy source passes its old request count within one scrape; its errors tell."""
    seen = window(sample(0.0, a=Counts(requests=10, errors=5)), sample(1.0, a=Counts(requests=12, errors=1)))
    assert (seen.requests, seen.errors) == (12, 1)


def test_a_series_seen_for_the_first_time_counts_from_zero_and_one_that_is_gone_counts_nothing() -> None:
    before = sample(0.0, a=Counts(requests=100), gone=Counts(requests=40, errors=40))
    after = sample(1.0, a=Counts(requests=101), new=Counts(requests=9, errors=9))
    assert (window(before, after).requests, window(before, after).errors) == (10, 9)


def test_without_an_earlier_sample_all_counts_are_in_a_window_of_no_length() -> None:
    seen = window(None, sample(3.0, a=Counts(requests=4, errors=1)))
    assert (seen.start, seen.end, seen.requests, seen.errors) == (3.0, 3.0, 4, 1)


def test_buckets_are_differences_too() -> None:
    bounds = (0.1, 0.5)
    before = sample(0.0, bounds, a=Counts(requests=10, buckets=(5, 9), timed=10))
    after = sample(
        1.0, bounds, a=Counts(requests=20, buckets=(11, 16), timed=18), b=Counts(requests=1, buckets=(1, 1))
    )
    seen = window(before, after)
    assert (seen.bounds_seconds, seen.buckets, seen.timed) == (bounds, (7, 8), 9)


def test_only_bounds_that_both_samples_have_are_kept() -> None:
    before = sample(0.0, (0.1, 0.5), a=Counts(requests=10, buckets=(5, 9)))
    after = sample(1.0, (0.2, 0.5, 1.0), a=Counts(requests=20, buckets=(8, 16, 20)))
    seen = window(before, after)
    assert (seen.bounds_seconds, seen.buckets) == ((0.5,), (7,))


def test_a_source_that_counts_no_latency_leaves_the_window_without_buckets() -> None:
    bounds = (0.1, 0.5)
    after = sample(1.0, bounds, a=Counts(requests=20, buckets=(11, 16)), b=Counts(requests=5))
    assert (window(None, after).buckets, window(None, after).bounds_seconds) == ((), ())


def test_buckets_that_appear_after_requests_were_counted_are_not_taken_for_new_ones() -> None:
    before = sample(0.0, a=Counts(requests=1000))
    after = sample(1.0, (0.1,), a=Counts(requests=1010, buckets=(900,)))
    assert window(before, after).buckets == ()
    assert window(before, after).requests == 10


def test_a_histogram_that_appears_with_its_first_request_is_counted_whole() -> None:
    """Before, there was nothing to time; requests are counted in a series of their own."""
    requests, more = Counts(requests=10, timed=0), Counts(requests=14, timed=0, buckets=(0, 0))
    before = Sample(revision=ONE, at=1.0, series={"requests": requests})
    latency = Counts(timed=4, buckets=(3, 4))
    after = Sample(revision=ONE, at=2.0, series={"requests": more, "latency": latency}, bounds_seconds=(0.1, 0.5))
    seen = window(before, after)
    assert (seen.requests, seen.buckets, seen.timed) == (4, (3, 4), 4)
