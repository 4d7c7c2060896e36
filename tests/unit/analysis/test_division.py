"""Requests that are not divided as configured, and candidates that answer nothing."""

import numpy as np
import pytest

from shipway.analysis.division import Division, Look, divided, is_dead, is_hanging, is_mismatch
from shipway.analysis.division_verdict import verdict_of_division
from shipway.model.verdict import Kind, Severity
from unit.analysis.streams import seen


def looked(
    share: float, counted: float, *, looks: int = 120, pace: float = 100.0, is_exact: bool = True, seed: int = 1
) -> Division:
    """A stage with one share configured and another one counted, a look each second."""
    random = np.random.default_rng(seed)
    division = Division(row=1, share=share, is_exact=is_exact)
    for number in range(looks):
        ours, theirs = random.poisson(pace * counted), random.poisson(pace * (1.0 - counted))
        windows = seen(number, int(theirs), seconds=1.0), seen(number, int(ours), seconds=1.0)
        division = divided(division, Look(stable=windows[0], candidate=windows[1], waiting=0, stable_waiting=0))
    return division


def waiting(counts: list[tuple[int, int]], *, share: float = 0.05, answered: int = 5) -> Division:
    """Waiting requests of (candidate, stable) at looks a second apart."""
    division = Division(row=1, share=share)
    for number, (ours, theirs) in enumerate(counts):
        windows = seen(number, 95, seconds=1.0), seen(number, answered, seconds=1.0)
        look = Look(stable=windows[0], candidate=windows[1], waiting=ours, stable_waiting=theirs)
        division = divided(division, look)
    return division


@pytest.mark.parametrize("share", [0.01, 0.05, 0.5, 0.99])
def test_requests_divided_as_configured_raise_nothing(share: float) -> None:
    for seed in range(20):
        assert verdict_of_division(looked(share, share, seed=seed), now=120.0) is None


def test_a_share_that_is_off_by_less_than_the_tolerance_raises_nothing() -> None:
    assert not is_mismatch(looked(0.05, 0.0535, looks=600, pace=1000.0))


@pytest.mark.parametrize("counted", [0.025, 0.09])
def test_another_share_than_the_configured_one_is_said_and_nobody_is_blamed(counted: float) -> None:
    verdict = verdict_of_division(looked(0.05, counted), now=120.0)
    assert verdict is not None
    assert (verdict.kind, verdict.severity) == (Kind.BLIND, None)
    assert "the counts cannot be compared: the candidate got" in verdict.sentence
    assert verdict.sentence.endswith("and 5% are configured")


def test_kept_and_chosen_users_divide_requests_as_they_like() -> None:
    assert verdict_of_division(looked(0.05, 0.12, is_exact=False), now=120.0) is None


def test_a_candidate_that_answers_nothing_is_critical_as_soon_as_chance_is_out() -> None:
    assert not is_dead(looked(0.05, 0.0, looks=4))
    verdict = verdict_of_division(looked(0.05, 0.0, looks=6), now=6.0)
    assert verdict is not None and verdict.severity == Severity.CRITICAL
    assert verdict.sentence.startswith("candidate answers nothing: 0 of about 3")


def test_a_source_that_scrapes_is_silent_for_a_while_without_anybody_being_dead() -> None:
    """Its counts of a new version come with the next scrape, a minute later than those of the other."""
    division = Division(row=1, share=0.05)
    for number in range(240):
        windows = seen(number, 950, seconds=1.0), seen(number, 0, seconds=1.0)
        look = Look(stable=windows[0], candidate=windows[1], waiting=0, stable_waiting=0, is_prompt=False)
        division = divided(division, look)
        assert is_dead(division) == (number + 1 >= 180)
        assert not is_mismatch(division)


def test_a_candidate_that_dies_late_is_dead_too() -> None:
    division = looked(0.05, 0.05, looks=300)
    for number in range(300, 308):
        look = Look(
            stable=seen(number, 95, seconds=1.0),
            candidate=seen(number, 0, seconds=1.0),
            waiting=0,
            stable_waiting=0,
        )
        division = divided(division, look)
    assert is_dead(division)


def test_requests_that_hang_are_harm_although_no_count_of_answers_shows_them() -> None:
    """One of five hangs for ever: answers look well, and waiting ones gather."""
    verdict = verdict_of_division(waiting([(number, 5) for number in range(30)]), now=30.0)
    assert verdict is not None and verdict.severity == Severity.CRITICAL
    assert "too many wait, now 29 against 5 of the baseline's, with a share of 5%" in verdict.sentence


@pytest.mark.parametrize(
    "counts",
    [
        [(1, 20)] * 30,
        [(20, 400)] * 30,
        [(1, 20)] * 20 + [(25, 20)] * 4 + [(1, 20)] * 20,
        [(3, 0)] * 30,
    ],
    ids=["as many as the share", "a slow service", "a pause", "a few"],
)
def test_waiting_requests_that_are_no_harm(counts: list[tuple[int, int]]) -> None:
    division = Division(row=1, share=0.05)
    for number, (ours, theirs) in enumerate(counts):
        look = Look(
            stable=seen(number, 95, seconds=1.0),
            candidate=seen(number, 5, seconds=1.0),
            waiting=ours,
            stable_waiting=theirs,
        )
        division = divided(division, look)
        assert not is_hanging(division, number + 1.0)
