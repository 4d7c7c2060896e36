"""A release of workers is rehearsed as one of requests is, and told in shares of jobs."""

import pytest

from kernel import V1, V2, release
from shipway.model.revision import Revision, RevisionId
from shipway.model.service_kind import ServiceKind
from shipway.simulation.rehearse import Circumstances, Rehearsal, parse, rehearse


def revision(name: RevisionId) -> Revision:
    return Revision(id=name, service="checkout", version=name, platform={})


def rehearsed(fault: str, strategy: str) -> Rehearsal:
    wish = release(strategy, kind=ServiceKind.WORKER, traffic=None)
    return rehearse(wish, revision(V2), parse(fault), base=revision(V1), given=Circumstances())


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
def test_a_good_release_finishes_and_every_job_is_done(strategy: str) -> None:
    played = rehearsed("none", strategy)
    assert played.outcome == "finished"
    assert 0.0 < played.exposed < 1.0


def test_a_bad_one_is_taken_back_at_the_share_that_its_replicas_had() -> None:
    played = rehearsed("candidate-errors=50%", "canary")
    assert played.outcome == "rolled-back"
    assert any("stage 0 (now, 0% of jobs)" in line.text for line in played.lines)
    assert played.plan.stages[1].capacity == {V1: 3, V2: 1}
