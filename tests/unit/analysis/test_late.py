"""A candidate that turns bad late is found about as soon as one that is bad from the start."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shipway.analysis import late, spending
from shipway.analysis.comparison import comparison_of, most_telling
from shipway.analysis.judge import judge
from shipway.analysis.tally import Tally
from shipway.model.policy import Guard
from shipway.model.verdict import Kind
from unit.analysis.rollouts import Plan, Streams, Together, drawn
from unit.analysis.streams import absorbed, seen, staged

ONSET = 900.0
HEALTHY, BAD = (900, 1), (900, 12)


def turned(plan: Plan, *, ratio: float, runs: int) -> Streams:
    """Equal until `ONSET` seconds into the first stage."""
    before, after = (drawn(plan, ratio=each, runs=runs, seed=31) for each in (1.0, ratio))
    is_late = np.arange(len(before.errors))[:, None] * plan.step >= plan.before + ONSET
    return replace(before, errors=np.where(is_late, np.minimum(after.errors, before.requests), before.errors))


def test_a_regression_after_a_quarter_of_an_hour_does_not_outweigh_its_past_first() -> None:
    plan = Plan(pace=1000.0, rate=0.001, shares=(0.05,), stay=3600.0)
    found = Together(plan, turned(plan, ratio=5.0, runs=200), alpha=0.001).convicted_at() - ONSET
    assert np.quantile(found, 0.5) <= 90.0
    assert np.quantile(found, 0.05) > 0.0


def test_the_verdict_on_a_late_regression_speaks_of_what_came_since() -> None:
    tally = staged(absorbed(Tally(), [(seen(number, 18_000, 20), seen(number, 0)) for number in range(4)]))
    for number in range(4, 204):
        tally = absorbed(tally, [(seen(number, 18_000, 20), seen(number, *HEALTHY))])
    good = judge(tally, Guard(), now=1020.0)
    for number in range(204, 212):
        tally = absorbed(tally, [(seen(number, 18_000, 20), seen(number, *BAD))])
    verdict, comparison = judge(tally, Guard(), now=1060.0), comparison_of(tally)
    assert good.kind != Kind.HARMFUL
    assert verdict.kind == Kind.HARMFUL and comparison is not None
    telling = most_telling(tally, comparison, alpha=0.001)
    assert telling.since is not None and telling.ratio > comparison.ratio
    assert f"{telling.errors:,} of {telling.requests:,}" in verdict.sentence


@given(stay=st.floats(1.0, 1e5), waits=st.lists(st.floats(1.0, 5.0), max_size=300))
def test_late_starts_together_never_have_more_than_their_part_of_the_promise(
    stay: float, waits: list[float]
) -> None:
    period = late.period_seconds(stay)
    instants = np.cumsum(np.array(waits) * period)
    assert math.fsum(late.part_of(float(seconds), stay) for seconds in instants) <= late.LATE * (1 + 1e-9)


@given(early=st.sampled_from(list(spending.EARLY.values())), seconds=st.floats(30.0, 1e5))
def test_the_score_from_the_beginning_and_late_starts_keep_one_promise(early: float, seconds: float) -> None:
    """What is spent before the first late start, a rest after it, and all late starts of the planned stay."""
    period = late.period_seconds(seconds)
    before = math.exp(spending.released(period, seconds, early))
    after = (1.0 - before) * late.from_beginning(1.0, has_started=True)
    others = sum(late.part_of(period * number, seconds) for number in range(1, math.ceil(seconds / period)))
    assert before + after + others <= 1.0


def test_a_stage_that_expects_few_errors_forgets_none() -> None:
    assert not late.is_watched(9.0)
    assert late.is_watched(11.0)
