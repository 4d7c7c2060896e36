"""A service's own past raises the thresholds as far as its errors cluster, and no further."""

import numpy as np
import pytest
from msgspec.structs import replace

from shipway.analysis.calibration import History, Replay, Stage, calibrated_noise, dispersion
from shipway.analysis.lockstep import Lockstep
from shipway.model.noise import INDEPENDENT, QUIET, Noise

STEP, SCRAPES, WINDOWS = 5.0, 120, 120
ALPHA = 0.01
STAGES = (Stage(0.05, 600.0), Stage(0.25, 600.0))


def recorded(
    random: np.random.Generator, *, is_bursty: bool, windows: int = WINDOWS, is_shared: bool = False
) -> History:
    """Windows of ten minutes at 400 requests/s, 1% errors; bursts, own or shared, are ten times that for 15 s."""
    size = (SCRAPES, windows)
    requests, stable = random.poisson(500.0, size), random.poisson(1500.0, size)
    rates = [np.where(bursts(random, size) & is_bursty, 0.1, 0.01) for _ in range(2)]
    rates[1] = rates[0] if is_shared else rates[1]
    return History(
        share=0.25,
        step_seconds=STEP,
        requests=requests.astype(float),
        errors=random.binomial(requests, rates[0]).astype(float),
        stable_requests=stable.astype(float),
        stable_errors=random.binomial(stable, rates[1]).astype(float),
    )


def bursts(random: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Three scrapes long, each beginning with a chance of 1%."""
    begun = random.random(size) < 0.01
    return begun | np.roll(begun, 1, axis=0) | np.roll(begun, 2, axis=0)


def taken_back(noise: Noise, history: History, runs: int, stages: tuple[Stage, ...] = STAGES) -> float:
    """The part of equal candidates that are convicted, in rollouts of windows that were not learnt from."""
    replay, lockstep, wrong = Replay([history], stages, alpha=ALPHA), Lockstep(runs, noise), np.zeros(runs, bool)
    for order, scrape in replay._scrapes(runs, np.random.default_rng(9), lockstep):
        lockstep.absorb(scrape)
        if order >= 0:
            wrong |= lockstep.excesses(ALPHA, least=0.0) >= 0.0
    return float(wrong.mean())


def test_errors_that_cluster_are_told_from_those_that_do_not() -> None:
    random = np.random.default_rng(1)
    quiet, bursty = (dispersion(recorded(random, is_bursty=is_bursty)) for is_bursty in (False, True))
    assert quiet.value == pytest.approx(1.0, abs=4 * quiet.error) and not quiet.is_noisy
    assert bursty.value > 3.0 and bursty.is_noisy


def test_a_service_whose_errors_are_independent_keeps_its_thresholds() -> None:
    assert (
        calibrated_noise([recorded(np.random.default_rng(2), is_bursty=False)], STAGES, alpha=ALPHA) == INDEPENDENT
    )


def test_too_short_a_past_teaches_nothing() -> None:
    history = recorded(np.random.default_rng(3), is_bursty=True, windows=99)
    assert calibrated_noise([history], STAGES, alpha=ALPHA) == QUIET


def test_bursts_that_the_past_has_shown_convict_no_more_than_promised() -> None:
    random = np.random.default_rng(4)
    noise = calibrated_noise([recorded(random, is_bursty=True)], STAGES, alpha=ALPHA)
    later = recorded(random, is_bursty=True, windows=1000)
    assert taken_back(QUIET, later, 1000) > 0.3
    assert taken_back(noise, later, 1000) <= 2 * ALPHA
    assert len(noise.extra_nats) == len(STAGES) and max(noise.extra_nats) > 0.0


def test_what_hits_both_versions_raises_only_thresholds_of_stages_where_the_candidate_is_alone() -> None:
    """Side by side a shared burst cancels; against history it looks like a bad candidate."""
    random, stages = np.random.default_rng(7), (Stage(0.25, 600.0), Stage(1.0, 600.0))
    noise = calibrated_noise([recorded(random, is_bursty=True, is_shared=True)], stages, alpha=ALPHA)
    later = recorded(random, is_bursty=True, is_shared=True, windows=1000)
    assert taken_back(INDEPENDENT, later, 500, stages) > 0.3
    assert taken_back(noise, later, 500, stages) <= 2 * ALPHA
    assert taken_back(QUIET, later, 500, stages) <= 2 * ALPHA
    assert noise.extra_nats[0] == 0.0 < noise.extra_nats[1]


def test_a_past_with_long_incidents_of_both_versions_makes_harm_last_longer() -> None:
    """Every tenth window fails ten times as often for six minutes."""
    random, stages = np.random.default_rng(10), (Stage(1.0, 600.0),)
    calm = recorded(random, is_bursty=False)
    hit = np.zeros((SCRAPES, WINDOWS))
    hit[20:92, ::10] = 9.0
    more = {
        name: getattr(calm, name) + random.poisson(0.01 * hit * getattr(calm, of))
        for name, of in (("errors", "requests"), ("stable_errors", "stable_requests"))
    }
    long = calibrated_noise([replace(calm, **more)], stages, alpha=ALPHA)
    assert calibrated_noise([calm], stages, alpha=ALPHA).lasting_nats == 0.0
    assert long.lasting_nats > 10.0 and long.extra_nats[0] > 100.0


def test_one_version_alone_keeps_its_own_bursts_whole() -> None:
    """As many requests as both arms have, and in a burst ten times the errors."""
    history = recorded(np.random.default_rng(8), is_bursty=True)
    replay, lockstep = Replay([history], (Stage(1.0, 600.0),), alpha=ALPHA), Lockstep(400)
    found = [scrape for order, scrape in replay._scrapes(400, np.random.default_rng(6), lockstep) if order == 0]
    rates = np.array([scrape.errors / scrape.requests for scrape in found])
    assert np.mean([scrape.requests.mean() for scrape in found]) == pytest.approx(2000, rel=0.01)
    assert np.quantile(rates, 0.985) > 0.09
    assert not any(scrape.stable_requests.any() for scrape in found)


def test_a_thinned_arm_has_the_stages_share_and_its_error_rate() -> None:
    history = recorded(np.random.default_rng(5), is_bursty=False)
    replay, lockstep = Replay([history], (Stage(0.05, 600.0),), alpha=ALPHA), Lockstep(50)
    found = [scrape for order, scrape in replay._scrapes(50, np.random.default_rng(6), lockstep) if order == 0]
    requests, errors, stable = (
        sum(float(getattr(scrape, name).sum()) for scrape in found)
        for name in ("requests", "errors", "stable_requests")
    )
    assert requests / (requests + stable) == pytest.approx(0.05, rel=0.02)
    assert errors / requests == pytest.approx(0.01, rel=0.05)


def test_what_a_block_leaves_out_never_exceeds_its_errors() -> None:
    noise = Noise(sigmas=2.0)
    assert noise.cap(100, 1900, 0) == 1
    assert noise.cap(100, 1900, 190) == 1 + 10 + 6
    assert QUIET.cap(1, 1, 0) > 10**9
