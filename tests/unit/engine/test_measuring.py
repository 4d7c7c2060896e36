"""A look at metrics that people defined: each is asked by itself, and one verdict comes of all."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from kernel import NOW, V1, V2, plan_of
from shipway.analysis.tally import Spell, Tally
from shipway.engine import measuring
from shipway.engine.guard import Evidence, dump, load
from shipway.engine.state import Run
from shipway.errors import PortError
from shipway.model.doubt import Doubt
from shipway.model.metric import Metric, Reading
from shipway.model.policy import Guard
from shipway.model.revision import RevisionId
from shipway.model.sample import Window
from shipway.model.verdict import Kind, Severity, Verdict

CHARGED = Metric(name="double_charges", query="{version}", any_is_critical=True)
MEMORY = Metric(name="memory", resource="memory", worse_by=0.5)
SPELL = Spell(index=0, of=1, share=0.5, stay_seconds=900.0, promise=1.0)
WELL = Verdict(kind=Kind.HEALTHY, sentence="no sign of harm")


class Told:
    """Answers what it was told to; a metric it was told nothing of has no value."""

    def __init__(self, values: Mapping[str, float], *, fails: bool = False) -> None:
        self.values, self.fails, self.at = dict(values), fails, NOW
        self.asked = 0

    async def probe(self, metrics: Sequence[Metric], revision: RevisionId) -> Mapping[str, Doubt]:
        return {}

    async def measure(
        self, metrics: Sequence[Metric], revisions: Sequence[RevisionId]
    ) -> Mapping[str, Mapping[RevisionId, Reading]]:
        self.asked += 1
        if self.fails:
            raise PortError("Prometheus does not answer.")
        return {
            metric.name: {
                name: Reading(at=self.at, value=self.values[name]) for name in revisions if name in self.values
            }
            for metric in metrics
        }


def run_of(*metrics: Metric) -> Run:
    return Run(id=1, plan=replace(plan_of("canary"), guard=Guard(metrics=metrics)), by="test", started_at=NOW)


def looked(run: Run, sources: Mapping[str, Told], *, times: int = 1) -> Evidence:
    evidence = Evidence(run=1, tally=Tally(spell=SPELL))
    windows = {name: Window(revision=name, start=0.0, end=1.0, requests=100) for name in (V1, V2)}
    for number in range(times):
        before = replace(evidence, verdict=WELL, windows=windows)
        evidence = asyncio.run(measuring.look(before, run, sources, now=NOW + 5.0 * number))
    return evidence


def test_a_run_without_metrics_of_its_own_is_left_as_it_is() -> None:
    assert looked(run_of(), {}).verdict == WELL


def test_one_source_that_fails_makes_its_own_metrics_blind_and_no_others() -> None:
    sources = {"queries": Told({}, fails=True), "resources": Told({V1: 100.0, V2: 100.0})}
    evidence = looked(run_of(CHARGED, MEMORY), sources, times=40)
    assert evidence.custom["double_charges"].kind == Kind.BLIND
    assert evidence.custom["memory"].kind == Kind.HEALTHY
    assert evidence.verdict.kind == Kind.BLIND
    assert evidence.verdict.sentence.startswith("double_charges cannot be seen")


def test_harm_of_one_metric_is_the_verdict_whatever_another_cannot_see() -> None:
    sources = {"queries": Told({}, fails=True), "resources": Told({V1: 100.0, V2: 300.0})}
    evidence = looked(run_of(CHARGED, MEMORY), sources, times=60)
    assert (evidence.verdict.kind, evidence.verdict.severity) == (Kind.HARMFUL, Severity.HIGH)


def test_a_metric_that_nobody_answers_is_blind_and_says_so() -> None:
    assert "nothing here answers queries" in looked(run_of(CHARGED), {}).verdict.sentence


def test_healthy_metrics_leave_a_healthy_run_healthy() -> None:
    assert looked(run_of(CHARGED), {"queries": Told({V1: 0.0, V2: 0.0})}, times=3).verdict.kind == Kind.HEALTHY


def test_a_new_controller_goes_on_from_the_checkpoint() -> None:
    evidence = looked(
        run_of(CHARGED, MEMORY), {"queries": Told({}), "resources": Told({V1: 1.0, V2: 2.0})}, times=9
    )
    assert load(dump(evidence)) == evidence


class Picky(Told):
    """One of its metrics has a query that nobody understands."""

    def __init__(self, values: Mapping[str, float], *, bad: str) -> None:
        super().__init__(values)
        self.bad = bad

    async def measure(
        self, metrics: Sequence[Metric], revisions: Sequence[RevisionId]
    ) -> Mapping[str, Mapping[RevisionId, Reading]]:
        if self.bad in [metric.name for metric in metrics]:
            raise PortError(f"The query of {self.bad} is wrong.")
        return await super().measure(metrics, revisions)


def test_one_query_that_fails_makes_no_other_of_the_same_source_blind() -> None:
    wrong = replace(CHARGED, name="wrong")
    source = Picky({V1: 0.0, V2: 0.0}, bad="wrong")
    evidence = looked(run_of(wrong, CHARGED), {"queries": source}, times=2)
    assert evidence.custom["wrong"].kind == Kind.BLIND
    assert evidence.custom["double_charges"].kind == Kind.HEALTHY


def test_a_source_that_is_away_is_not_asked_for_each_of_many_metrics() -> None:
    many = [replace(CHARGED, name=f"m{number}") for number in range(20)]
    source = Told({}, fails=True)
    evidence = looked(run_of(*many), {"queries": source})
    assert all(verdict.kind == Kind.BLIND for verdict in evidence.custom.values())
    assert source.asked <= 3
