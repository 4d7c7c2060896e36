"""Without a past, harm of a candidate that is alone has to last: fair bets, on blocks that mean something."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shipway.analysis.lasting import (
    BAD,
    BLOCK_SECONDS,
    BROKEN,
    BROKEN_CHANCE,
    GOOD,
    RISE,
    WORTH,
    Lasting,
    Seen,
    judged,
    kind_of,
    lasted,
    missing_seconds,
    stake_of,
)
from shipway.analysis.lasting_arrays import LastingRuns
from shipway.analysis.lockstep import Lockstep, Scrape

ALPHA = 0.001
HISTORY = (100_000, 100)
"""Stable requests and errors."""


def after(*kinds: int) -> Lasting:
    found = Lasting()
    for kind in kinds:
        found = judged(replace(found, seconds=BLOCK_SECONDS), kind)
    return found


def test_stakes_are_never_more_than_all_that_there_is() -> None:
    assert math.fsum(map(stake_of, range(100_000))) == pytest.approx(1.0, abs=1e-3)
    assert math.fsum(map(stake_of, range(100_000))) <= 1.0


@given(bad=st.floats(0.0, 0.5), broken=st.floats(0.0, BROKEN_CHANCE))
def test_no_bet_is_worth_more_on_average_than_it_costs(bad: float, broken: float) -> None:
    for worth in WORTH:
        mean = (1.0 - bad) * worth[GOOD] + max(0.0, bad - broken) * worth[BAD] + broken * worth[BROKEN]
        assert mean <= 1.0 + 1e-9 or broken > bad


@given(errors=st.integers(0, 3000), requests=st.integers(1, 100_000))
def test_a_block_of_an_equal_version_whose_rate_has_risen_is_bad_with_an_even_chance_at_most(
    errors: int, requests: int
) -> None:
    """Given all errors the candidate's are binomial; those that make a block bad are its upper half or less."""
    from scipy.stats import binom

    stable_requests, stable_errors = HISTORY
    kind = kind_of(Lasting(requests=requests, errors=min(errors, requests)), stable_requests, stable_errors)
    total = min(errors, requests) + stable_errors
    part = RISE * requests / (RISE * requests + stable_requests)
    chance = binom.sf(min(errors, requests) - 1, total, part)
    assert (kind != GOOD) == (chance <= 0.5) or chance == pytest.approx(0.5)


def test_a_block_is_as_long_as_it_takes_to_say_something() -> None:
    def blocks(requests: int, errors: int, scrapes: int, seconds: float = 5.0) -> int:
        found = Lasting()
        for _ in range(scrapes):
            found = lasted(found, Seen(requests, errors, seconds), HISTORY)
        return found.blocks

    assert blocks(1000, 0, scrapes=6) == 3
    assert blocks(50, 0, scrapes=6) == 1
    assert blocks(1, 0, scrapes=6) == 0
    assert blocks(1, 1, scrapes=6) == 3
    assert blocks(1000, 0, scrapes=6, seconds=60.0) == 6


def test_harm_has_to_last_some_minutes_and_less_the_more_fails() -> None:
    lasts = [missing_seconds(Lasting(kind=kind), ALPHA) for kind in (BAD, BROKEN)]
    assert lasts == [14 * BLOCK_SECONDS, 3 * BLOCK_SECONDS]
    assert missing_seconds(after(BAD), ALPHA) == lasts[0] - BLOCK_SECONDS
    assert missing_seconds(after(*[GOOD] * 100), ALPHA) > lasts[0]


def test_what_is_missing_is_what_it_takes() -> None:
    for before in ([], [GOOD] * 30, [BAD, GOOD] * 10, [BAD] * 4):
        blocks = round(missing_seconds(after(*before), ALPHA) / BLOCK_SECONDS)
        assert after(*before, *[BAD] * blocks).excess(ALPHA) >= 0.0
        assert after(*before, *[BAD] * (blocks - 1)).excess(ALPHA) < 0.0


scrape = st.tuples(st.integers(0, 400), st.integers(0, 40))


@given(
    scrapes=st.lists(scrape, min_size=1, max_size=60), history=st.tuples(st.integers(1, 9000), st.integers(0, 90))
)
def test_many_runs_at_once_last_as_each_alone(scrapes: list[tuple[int, int]], history: tuple[int, int]) -> None:
    one, many = Lasting(), LastingRuns(2)
    known = tuple(np.array([part, 5 * part], float) for part in history)
    for requests, bad in scrapes:
        errors = min(bad, requests)
        one = lasted(one, Seen(requests, errors, 5.0), history)
        pair = (np.full(2, float(count)) for count in (requests, errors, 5.0))
        many.absorb(*pair, (known[0], known[1]))
        assert many.nats()[0] == pytest.approx(one.nats, abs=1e-9, rel=1e-9)


@pytest.mark.parametrize("seconds", [20.0, 40.0])
def test_bursts_of_both_versions_convict_no_candidate_that_is_alone(seconds: float) -> None:
    """Ten times the errors every ten minutes, and error rates that have doubled since; 10x for good is found."""
    random, runs, stay = np.random.default_rng(5), 300, 1800.0
    lockstep, wrong, is_bad = Lockstep(runs), np.zeros(runs, bool), np.zeros(runs, bool)
    for number in range(round((300.0 + stay) / 5.0)):
        is_bad = np.where(is_bad, random.random(runs) > 5.0 / seconds, random.random(runs) < 5.0 / 600.0)
        is_alone = number >= 60
        rate = 0.002 * np.where(is_bad, 10.0, 1.0) * (2.0 if is_alone else 1.0)
        requests = random.poisson(5000.0, runs)
        errors, zero = random.binomial(requests, rate), np.zeros(runs)
        if number == 60:
            lockstep.begin_stage(of=1, share=1.0, stay_seconds=stay)
        arms = (requests, errors, zero, zero) if is_alone else (zero, zero, requests, errors)
        lockstep.absorb(Scrape(*(arm.astype(float) for arm in arms), seconds=5.0))
        wrong |= is_alone & (lockstep.excesses(ALPHA, least=0.0) >= 0.0)
    assert wrong.sum() <= 1 if seconds == 20.0 else wrong.mean() < 0.05
