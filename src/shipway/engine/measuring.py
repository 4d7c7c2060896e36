"""Looks at the metrics that people defined, beside the requests. One that fails is blind alone."""

import asyncio
from collections.abc import Mapping

from msgspec.structs import replace

from shipway.analysis import custom
from shipway.analysis.combine import combined
from shipway.analysis.custom import CANDIDATE, STABLE, Look, Watch
from shipway.analysis.judge import promise_of
from shipway.engine.guard import Evidence
from shipway.engine.state import Run
from shipway.errors import PortError
from shipway.model.metric import Metric, Reading
from shipway.model.revision import RevisionId
from shipway.model.verdict import Verdict
from shipway.ports.measures import Measures

QUERIES, RESOURCES = "queries", "resources"
"""Who answers: the source of the `metrics` section, or the platform."""
Found = Mapping[RevisionId, Reading] | str
"""Readings by revision, or why there are none."""


def kind_of(metric: Metric) -> str:
    """Who answers this one."""
    return RESOURCES if metric.resource else QUERIES


async def look(evidence: Evidence, run: Run, measures: Mapping[str, Measures], *, now: float) -> Evidence:
    """The evidence with one look at each metric, and one verdict of everything."""
    metrics = run.plan.guard.metrics
    if not metrics:
        return evidence
    arms = _arms(run)
    found = await asyncio.gather(*(_measured(measures, metric, arms) for metric in metrics))
    watches = {
        metric.name: _absorbed(evidence, metric, seen, arms, now=now)
        for metric, seen in zip(metrics, found, strict=True)
    }
    return judged(replace(evidence, watches=watches), run, now=now)


def judged(evidence: Evidence, run: Run, *, now: float) -> Evidence:
    """The same evidence with each metric's verdict, and that of all."""
    guard = run.plan.guard
    alpha = promise_of(evidence.tally, guard).each
    said: dict[str, Verdict] = {
        metric.name: custom.judge(evidence.watches[metric.name], metric, alpha=alpha, now=now)
        for metric in guard.metrics
    }
    verdict = combined((evidence.verdict, *said.values()))
    return replace(evidence, custom=said, verdict=verdict or evidence.verdict)


def _arms(run: Run) -> dict[RevisionId, str]:
    arms = {run.plan.candidate: CANDIDATE}
    return arms if run.plan.base is None else {**arms, run.plan.base: STABLE}


async def _measured(measures: Mapping[str, Measures], metric: Metric, arms: Mapping[RevisionId, str]) -> Found:
    source = measures.get(kind_of(metric))
    if source is None:
        return f"nothing here answers {kind_of(metric)}"
    try:
        found = await source.measure([metric], list(arms))
    except PortError as error:
        return error.what.rstrip(".")
    return found.get(metric.name, {})


def _absorbed(
    evidence: Evidence, metric: Metric, found: Found, arms: Mapping[RevisionId, str], *, now: float
) -> Watch:
    watch = evidence.watches.get(metric.name, Watch())
    readings = {} if isinstance(found, str) else found
    seen = Look(
        at=now,
        readings={arms[name]: reading for name, reading in readings.items() if name in arms},
        requests={arms[name]: float(window.requests) for name, window in evidence.windows.items() if name in arms},
    )
    if isinstance(found, str):
        return custom.unseen(watch, found, seen)
    return custom.absorb(watch, metric, evidence.tally.spell, seen)
