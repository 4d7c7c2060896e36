"""A rehearsal watches what the release watches: one metric of each kind, as it is and three times as bad."""

import pytest
from msgspec.structs import replace

from kernel import V1, V2, release
from shipway.model.metric import Metric
from shipway.model.policy import Guard, Rollback
from shipway.model.revision import Revision, RevisionId
from shipway.model.verdict import Severity
from shipway.simulation.rehearse import Circumstances, parse, rehearse, usual

METRICS = {
    "events": Metric(name="m", query="q", worse_by=0.2),
    "part": Metric(name="m", query="q", of="p", worse_by=0.2),
    "bound": Metric(name="m", query="q", at_most=0.05),
    "level": Metric(name="m", query="q", is_gauge=True, worse_by=0.5),
    "level-bound": Metric(name="m", query="q", is_gauge=True, at_least=10.0),
    "critical": Metric(name="m", query="q", any_is_critical=True, severity=Severity.CRITICAL),
    "memory": Metric(name="m", resource="memory", worse_by=0.5),
    "cpu": Metric(name="m", resource="cpu", worse_by=0.5),
    "error-lines": Metric(name="m", resource="error-lines", worse_by=1.0),
}


def played(metric: Metric, fault: str) -> str:
    """How it ends."""
    wish = replace(release("canary"), guard=Guard(metrics=(metric,)), rollback=Rollback(window=0.0))
    wish = replace(wish, canary=replace(wish.canary, bake=400.0))
    base, candidate = (
        Revision(id=RevisionId(name), service="checkout", version=name, platform={}) for name in (V1, V2)
    )
    return rehearse(wish, candidate, parse(fault), base=base, given=Circumstances()).outcome


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_that_is_three_times_as_bad_takes_the_release_back(name: str) -> None:
    assert played(METRICS[name], "candidate-metrics=3x") == "rolled-back"


@pytest.mark.parametrize("name", METRICS)
def test_one_that_is_as_it_was_does_not(name: str) -> None:
    assert played(METRICS[name], "none") == "finished"


def test_metrics_are_rehearsed_where_there_are_any() -> None:
    assert "candidate-metrics" not in {fault.name for fault in usual(Guard())}
    assert "candidate-metrics" in {fault.name for fault in usual(Guard(metrics=(METRICS["cpu"],)))}
