"""Metrics of one's own in a ramp: users with the flag beside users without it, and no version."""

import asyncio
from collections.abc import Mapping, Sequence
from random import Random

import pytest
from msgspec.structs import replace

from kernel import V2, release
from shipway.engine import exposing
from shipway.engine.guard import Evidence
from shipway.engine.measuring import QUERIES
from shipway.engine.state import Run
from shipway.errors import PortError
from shipway.model.metric import Metric, Reading
from shipway.model.policy import Guard
from shipway.model.release import Ramp
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.model.share import TOTAL, Share
from shipway.model.verdict import Kind, Severity, Verdict
from shipway.planning.facts import Facts
from shipway.planning.plan import FLAG_RAMP, plan
from shipway.ports.exposures import HIDDEN, SHOWN

FLAG = "new-cart"
PER_LOOK = 100
DECLINED = Metric(
    name="declined",
    query='declined_total{version="{version}"}',
    flag_query='declined_total{flag="{flag}",shown="{shown}"}',
    worse_by=0.2,
)
MEMORY = Metric(name="memory", resource="memory", worse_by=0.5)


class Users:
    """So many requests a look on either side, and declined payments among them."""

    def __init__(self, *, shown: float, hidden: float = 0.02, is_away: bool = False) -> None:
        self.rates = {"true": shown, "false": hidden}
        self.is_away, self.at, self.random = is_away, 1000.0, Random(7)
        self.counts = dict.fromkeys(self.rates, 0)
        self.requests, self.asked = 0, set[str]()

    async def exposures(self, flag: str) -> Mapping[str, Sample]:
        self.at, self.requests = self.at + 1.0, self.requests + PER_LOOK
        for side, rate in self.rates.items():
            self.counts[side] += sum(self.random.random() < rate for _ in range(PER_LOOK))
        made = Counts(requests=self.requests)
        return {
            side: Sample(revision=RevisionId(side), at=self.at, series={"users": made}, is_prompt=True)
            for side in (SHOWN, HIDDEN)
        }

    async def measure(
        self, metrics: Sequence[Metric], revisions: Sequence[RevisionId]
    ) -> Mapping[str, Mapping[RevisionId, Reading]]:
        if self.is_away:
            raise PortError("the source is away", why="a test")
        self.asked |= {metric.query for metric in metrics}
        readings = {side: Reading(at=self.at, value=float(self.counts[side])) for side in revisions}
        return {metric.name: readings for metric in metrics}


def run_of(*metrics: Metric) -> Run:
    wish = release(
        FLAG_RAMP,
        ramps=(Ramp(flag=FLAG, shares=(Share(50_000), TOTAL), bake=600.0),),
        guard=Guard(metrics=metrics),
        revision=V2,
    )
    made = plan(wish, Facts(base=V2, replicas=4, carries={V2: (FLAG,)}))
    return Run(id=1, plan=made, by="ana", started_at=1000.0, row=1, entered_at=1000.0, settled_at=1000.0)


def looked(users: Users, run: Run, looks: int = 300) -> tuple[Evidence, Verdict]:
    """What is known once harm is proven, or after so many looks."""

    async def scene() -> tuple[Evidence, Verdict]:
        evidence = Evidence(run=run.id)
        healthy = Verdict(kind=Kind.HEALTHY, sentence="the code is well")
        verdict = healthy
        for _ in range(looks):
            evidence = await exposing.look(evidence, run, users, {QUERIES: users}, now=users.at)
            verdict = exposing.with_ramp(healthy, evidence, run)
            if verdict.kind == Kind.HARMFUL:
                break
        return evidence, verdict

    return asyncio.run(scene())


def test_users_with_the_flag_who_fare_worse_by_a_metric_take_it_back() -> None:
    users = Users(shown=0.2)
    evidence, verdict = looked(users, run_of(MEMORY, DECLINED))
    assert (verdict.kind, verdict.severity) == (Kind.HARMFUL, Severity.HIGH)
    assert f"users with {FLAG} against users without" in verdict.sentence and "declined" in verdict.sentence
    assert users.asked == {f'declined_total{{flag="{FLAG}",shown="{{revision}}"}}'}
    assert set(exposing.metrics_of(evidence, run_of(MEMORY, DECLINED))) == {f"declined with {FLAG}"}


def test_users_who_fare_alike_are_not_told_apart() -> None:
    _, verdict = looked(Users(shown=0.02), run_of(DECLINED))
    assert verdict.kind != Kind.HARMFUL


def test_a_metric_that_knows_versions_alone_is_not_asked_of_users() -> None:
    users = Users(shown=0.5)
    evidence, verdict = looked(users, run_of(replace(DECLINED, flag_query="")), looks=30)
    assert verdict.kind != Kind.HARMFUL and not users.asked and not evidence.ramped.custom


@pytest.mark.parametrize("is_there", [True, False])
def test_a_source_that_is_away_is_blind_and_no_harm(is_there: bool) -> None:
    users = Users(shown=0.5, is_away=is_there)
    run = run_of(DECLINED)

    async def scene() -> Verdict:
        evidence = Evidence(run=run.id)
        for _ in range(120):
            measures = {QUERIES: users} if is_there else {}
            evidence = await exposing.look(evidence, run, users, measures, now=users.at)
        return exposing.with_ramp(Verdict(kind=Kind.HEALTHY), evidence, run)

    verdict = asyncio.run(scene())
    assert verdict.kind == Kind.BLIND and "declined" in verdict.sentence


def test_a_second_try_begins_with_nothing_against_the_flag() -> None:
    run = run_of(DECLINED)
    evidence, _ = looked(Users(shown=0.2), run)
    back = replace(run, back=object())  # type: ignore[arg-type]
    forgotten = asyncio.run(exposing.look(evidence, back, None, {}, now=2000.0))
    assert not forgotten.ramped.watches and not forgotten.ramped.custom
