"""Synthetic traffic is what it says it is."""

import numpy as np
import pytest

from benchmarks.evidence_runs import Cell, Found, measured
from benchmarks.evidence_streams import KINDS, LEARN_SECONDS, STEP, Service, drawn


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_has_the_shares_and_the_ratio_that_were_asked_for(kind: str) -> None:
    service = Service(1000.0, 0.01, shares=(0.1, 0.5), kind=kind)
    streams = drawn(service, ratio=2.0, runs=40, seed=1)
    skipped = round(LEARN_SECONDS / STEP)
    rows = (len(streams.requests) - skipped) // 2
    assert not streams.requests[:skipped].any()
    for stage, share in enumerate(service.shares):
        part = slice(skipped + stage * rows, skipped + (stage + 1) * rows)
        requests, stable = streams.requests[part].sum(), streams.stable_requests[part].sum()
        assert requests / (requests + stable) == pytest.approx(share, rel=0.02)
        rates = streams.errors[part].sum() / requests, streams.stable_errors[part].sum() / stable
        assert rates[0] / rates[1] == pytest.approx(2.0, rel=0.1)


def test_a_regression_may_begin_later() -> None:
    streams = drawn(Service(1000.0, 0.01, shares=(0.5,)), ratio=10.0, runs=20, seed=2, since=900.0)
    rates = streams.errors.sum(axis=1) / np.maximum(streams.requests.sum(axis=1), 1.0)
    onset = round((LEARN_SECONDS + 900.0) / STEP)
    assert rates[onset:].mean() == pytest.approx(10 * rates[onset - 180 : onset].mean(), rel=0.05)


def test_a_cell_gives_the_same_figures_each_time() -> None:
    cell = Cell(service=Service(100.0, 0.01, shares=(0.05,), stay=300.0), ratio=20.0, runs=20)
    one, other = measured(cell), measured(cell)
    assert all(np.array_equal(one[rule].when, other[rule].when) for rule in cell.rules)


def test_what_is_found_is_said_as_times_or_as_a_share() -> None:
    assert Found(np.array([10.0, 20.0, 30.0, 40.0])).cell == "20/40"
    assert Found(np.array([10.0, np.inf])).cell == "50%"
