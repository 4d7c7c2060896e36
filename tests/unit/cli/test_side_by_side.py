"""Both versions of a release as people see them side by side."""

import pytest

from shipway.analysis.rates import Between, part_between
from shipway.analysis.sequence import Interval
from shipway.cli.render import side_by_side
from shipway.cli.render.paint import Paint, width
from shipway.cli.render.side_by_side import Report
from shipway.engine.side_by_side import Divided, Side, SideBySide
from shipway.model.recording import Recording
from shipway.model.share import Share
from unit.cli.golden import same


def _side(requests: int, errors: int, *, slow: float, declined: int) -> Side:
    quantiles = tuple((0.9 * at * slow, at * slow, 1.1 * at * slow) for at in (0.012, 0.04, 1.25))
    metrics = {
        "payments_declined": part_between(declined, requests // 20, alpha=0.05),
        "memory": Between(61.0e6, 64.2e6, 70.0e6),
    }
    rate = part_between(errors, requests, alpha=0.05)
    return Side(requests=requests, errors=errors, error_rate=rate, quantiles=quantiles, metrics=metrics)


@pytest.mark.parametrize("name", ["even", "uneven"])
def test_a_report_sets_both_versions_side_by_side(name: str) -> None:
    stable = _side(1_204_331, 1_190, slow=1.0, declined=1_300)
    candidate = _side(1_198_102 if name == "even" else 2_396_204, 1_201, slow=0.9, declined=1_100)
    found = SideBySide(
        stages=("experiment",),
        seconds=183_000.0,
        stable=stable,
        candidate=candidate,
        ratio=Interval(183_000.0, 0.93, 1.01, 1.11),
        divided=Divided(
            wished=Share(50_000),
            counted=candidate.requests / (stable.requests + candidate.requests),
            is_mismatch=name == "uneven",
        ),
    )
    report = Report(
        service="checkout",
        recording=Recording(name="1.9.0-7f3a91c2-41", stages=(), looks=()),
        stable="1.8.2",
        candidate="1.9.0",
        is_open=name == "even",
        found=found,
    )
    lines = side_by_side.lines(report, Paint(), None)
    same(f"report-{name}", lines)
    assert [line for line in lines if width(line) > 80] == []
    assert side_by_side.as_data(report)["error_ratio"] == {"low": 0.93, "estimate": 1.01, "high": 1.11}
