"""Sums of a run, and how its promise is spent."""

import math

import msgspec
import pytest

from shipway.analysis import spending
from shipway.analysis.tally import Tally, absorb, mean_of, whole
from shipway.model.revision import RevisionId
from shipway.model.sample import Window
from unit.analysis.streams import absorbed, seen, staged


def test_nothing_known_is_the_default_and_survives_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(Tally()), type=Tally) == Tally()


def test_a_checkpoint_of_a_long_busy_run_is_small_and_exact() -> None:
    bounds = tuple(0.001 * 2**power for power in range(19))
    tally = Tally()
    for number in range(1440):
        index = number // 288
        share = (0.05, 0.25, 0.5, 0.75, 1.0)[index]
        tally = staged(tally, share=share, index=index)
        pair = [
            Window(
                revision=RevisionId("any"),
                start=number * 5.0,
                end=number * 5.0 + 5.0,
                requests=requests,
                errors=number % 7,
                buckets=(requests,) * 19,
                bounds_seconds=bounds,
            )
            for requests in (round(5000 * (1 - share)), round(5000 * share) + number % 13)
        ]
        tally = absorb(tally, stable=pair[0] if pair[0].requests else None, candidate=pair[1])
    kept = msgspec.json.encode(tally)
    assert msgspec.json.decode(kept, type=Tally) == tally
    assert len(kept) < 3000


def test_before_the_first_stage_only_the_stable_version_is_learnt() -> None:
    tally = absorbed(Tally(), [(seen(0, 1000, 3), seen(0, 0))])
    assert (tally.stable_requests, tally.stable_errors, tally.begun) == (1000, 3, 0)
    assert whole(tally.compared).requests == 0


def test_the_forecast_is_made_from_the_stable_rate_before_the_stage() -> None:
    tally = absorbed(Tally(), [(seen(number, 500, 1), seen(number, 0)) for number in range(20)])
    tally = absorbed(staged(tally, share=0.05), [(seen(20, 475), seen(20, 25, 20))])
    assert tally.spell is not None and tally.spell.is_forecast
    per_second = 100 * 0.05 * 20.5 / 10_001
    assert tally.spell.planned == pytest.approx(per_second * 900, rel=0.02)


def test_a_stage_about_which_nothing_is_known_is_forecast_once_the_stable_version_was_watched() -> None:
    tally = absorbed(staged(), [(seen(0, 475, 1), seen(0, 25))])
    assert tally.spell is not None and not tally.spell.is_forecast
    tally = absorbed(tally, [(seen(1, 475, 1), seen(1, 25)), (seen(2, 475, 9), seen(2, 25, 9))])
    assert tally.spell is not None and tally.spell.is_forecast
    planned = tally.spell.planned
    tally = absorbed(tally, [(seen(number, 475, 40), seen(number, 25)) for number in range(3, 9)])
    assert tally.spell is not None and tally.spell.planned == planned


def test_beginning_a_stage_again_spends_nothing_twice() -> None:
    tally = absorbed(staged(), [(seen(0, 475, 1), seen(0, 25, 1))])
    assert staged(tally) is tally


def test_a_stage_without_candidate_requests_has_no_part_of_the_promise() -> None:
    tally = absorbed(staged(share=0.0), [(seen(0, 500), seen(0, 0))])
    tally = absorbed(staged(tally, index=1), [(seen(1, 475), seen(1, 25))])
    assert tally.begun == 1
    assert tally.spell is not None and tally.spell.promise == 0.5


@pytest.mark.parametrize("of", range(1, 40))
def test_the_parts_of_the_promise_never_sum_to_more_than_one(of: int) -> None:
    parts = [spending.part_of(order, of) for order in range(of)]
    assert math.fsum(parts) <= 1.0 + 1e-12
    assert min(parts) > 0.0


def test_five_stages_have_the_documented_parts() -> None:
    assert [spending.part_of(order, 5) for order in range(5)] == pytest.approx([0.5, 0.2, 0.1, 0.1, 0.1])


def test_the_bets_on_absolute_limits_never_stake_more_than_the_promise() -> None:
    tally, staked, known = Tally(), 0.0, set[float]()
    for number in range(3000):
        tally = staged(tally, index=number // 600)
        tally = absorb(tally, stable=seen(number, 475), candidate=seen(number, 25))
        for epoch in tally.epochs.all():
            staked += 0.0 if epoch.at in known else epoch.wealth
            known.add(epoch.at)
    assert 0.5 < staked <= 1.0
    assert len(tally.epochs.all()) == 4


def test_short_scrapes_are_pooled_so_that_their_size_does_not_matter() -> None:
    """One request a scrape never holds both versions; pooled, they compare as one long scrape does."""
    order = "csssssssssssssssssss" * 40
    fine = absorbed(
        staged(),
        [(seen(n, 1), seen(n, 0)) if who == "s" else (None, seen(n, 1, 1)) for n, who in enumerate(order)],
    )
    coarse = absorbed(staged(), [(seen(0, 760), seen(0, 40, 40))])
    assert whole(fine.compared).errors == whole(coarse.compared).errors == 40
    assert mean_of(fine.compared) == pytest.approx(mean_of(coarse.compared), rel=0.03)


def test_pooling_ends_with_the_stage_because_the_division_of_requests_changes() -> None:
    tally = absorbed(staged(), [(seen(0, 95, 1), seen(0, 5, 1))])
    tally = absorbed(staged(tally, share=0.5, index=1), [(seen(1, 10, 1), seen(1, 10, 1))])
    assert mean_of(tally.compared) == pytest.approx(2 * 0.05 + 2 * 0.5)
