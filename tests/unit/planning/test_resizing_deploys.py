"""A deploy that changes the number of replicas together with the version."""

import pytest

from shipway.model.command import Deploy
from shipway.model.policy import Rollback
from shipway.model.release import BlueGreen, Canary, Release
from shipway.model.revision import Revision, RevisionId
from shipway.model.share import Share
from shipway.model.verdict import Kind, Verdict
from shipway.planning.facts import Facts
from shipway.planning.plan import plan
from shipway.simulation.scenario import Asked, Scenario, Scripted
from shipway.simulation.simulate import simulate

HEALTHY = Verdict(kind=Kind.HEALTHY, sentence="as good as before")


def release(version: str, strategy: str, replicas: int) -> Release:
    """Quick stages."""
    return Release(
        service="checkout",
        revision=RevisionId(version),
        strategy=strategy,
        replicas=replicas,
        canary=Canary(shares=(Share(5_000), Share(50_000), Share(100_000)), bake=5.0),
        blue_green=BlueGreen(bake=5.0),
        rollback=Rollback(window=5.0),
    )


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
@pytest.mark.parametrize(("before", "after"), [(2, 8), (8, 2), (1, 5), (5, 1), (3, 4), (4, 3)])
def test_a_good_version_arrives_whatever_the_number_of_replicas_becomes(
    strategy: str, before: int, after: int
) -> None:
    revisions = tuple(Revision(id=RevisionId(v), service="checkout", version=v, platform={}) for v in ("v1", "v2"))
    outcome = simulate(
        Scenario(
            revisions=revisions,
            asked=(
                Asked(at=1.0, command=Deploy(release=release("v1", strategy, before))),
                Asked(at=60.0, command=Deploy(release=release("v2", strategy, after))),
            ),
            script=(Scripted(at=0.0, verdict=HEALTHY),),
            requests_per_second=0.0,
            horizon=2_000.0,
        )
    )
    assert outcome.violations == ()
    assert (outcome.state.proven, outcome.replicas) == (RevisionId("v2"), {RevisionId("v2"): after})


@pytest.mark.parametrize(("before", "after"), [(2, 8), (8, 2), (5, 7)])
def test_the_base_of_a_rolling_row_carries_its_share(before: int, after: int) -> None:
    written = plan(release("v2", "rolling", after), Facts(base=RevisionId("v1"), replicas=before))
    for stage in written.stages:
        share = stage.route.shares.get(RevisionId("v1"), 0)
        needed = -(-(share - 1) * written.limits.replicas // 100_000) if share else 0
        assert stage.capacity.get(RevisionId("v1"), 0) >= needed, stage.name
