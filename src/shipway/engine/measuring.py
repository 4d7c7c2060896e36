"""Looks at the metrics that people defined, beside the requests. One that fails is blind alone."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shipway.analysis import custom
from shipway.analysis.combine import combined
from shipway.analysis.custom import CANDIDATE, STABLE, Look, Watch
from shipway.analysis.judge import promise_of
from shipway.analysis.tally import Spell
from shipway.engine.guard import Evidence, guard_of_users
from shipway.engine.state import Run
from shipway.errors import PortError
from shipway.model.metric import Metric, Reading
from shipway.model.plan import compared_with
from shipway.model.revision import RevisionId
from shipway.model.verdict import Verdict
from shipway.ports.measures import Measures

QUERIES, RESOURCES = "queries", "resources"
"""Who answers: the source of the `metrics` section, or the platform."""
FAILURES_MAX = 2
"""A source that failed so often in a row, and each time in the same way, is not asked for the rest."""
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
    found: dict[str, Found] = {}
    for kind in (QUERIES, RESOURCES):
        asked = [metric for metric in metrics if kind_of(metric) == kind]
        found |= await measured(measures.get(kind), asked, list(arms)) if asked else {}
    watches = {metric.name: _absorbed(evidence, metric, found[metric.name], arms, now=now) for metric in metrics}
    return judged(replace(evidence, watches=watches), run, now=now)


def judged(evidence: Evidence, run: Run, *, now: float) -> Evidence:
    """The same evidence with each metric's verdict, and that of all."""
    guard = guard_of_users(run.plan)
    alpha = promise_of(evidence.tally, guard).each
    said: dict[str, Verdict] = {
        metric.name: custom.judge(evidence.watches[metric.name], metric, alpha=alpha, now=now)
        for metric in guard.metrics
    }
    verdict = combined((evidence.verdict, *said.values()))
    return replace(evidence, custom=said, verdict=verdict or evidence.verdict)


def _arms(run: Run) -> dict[RevisionId, str]:
    arms = {run.plan.candidate: CANDIDATE}
    base = compared_with(run.plan)
    return arms if base is None else {**arms, base: STABLE}


async def measured(
    source: Measures | None, metrics: Sequence[Metric], revisions: Sequence[RevisionId]
) -> dict[str, Found]:
    """All at once; each by itself where that fails, so that one query does not take the others with it."""
    if source is None:
        return {metric.name: f"nothing here answers {kind_of(metric)}" for metric in metrics}
    together = await _asked(source, metrics, revisions)
    if not isinstance(together, str):
        return {metric.name: together.get(metric.name, {}) for metric in metrics}
    found: dict[str, Found] = {}
    for metric in metrics:
        if len(metrics) == 1 or list(found.values())[-FAILURES_MAX:] == [together] * FAILURES_MAX:
            found[metric.name] = together
            continue
        alone = await _asked(source, [metric], revisions)
        found[metric.name] = alone if isinstance(alone, str) else alone.get(metric.name, {})
    return found


async def _asked(
    source: Measures, metrics: Sequence[Metric], revisions: Sequence[RevisionId]
) -> Mapping[str, Mapping[RevisionId, Reading]] | str:
    try:
        return await source.measure(metrics, revisions)
    except PortError as error:
        return error.what.rstrip(".")


def _absorbed(
    evidence: Evidence, metric: Metric, found: Found, arms: Mapping[RevisionId, str], *, now: float
) -> Watch:
    watch = evidence.watches.get(metric.name, Watch())
    requests = {arms[name]: float(window.requests) for name, window in evidence.windows.items() if name in arms}
    return absorbed(watch, metric, evidence.tally.spell, by_arm(found, arms), Look(at=now, requests=requests))


def by_arm(found: Found, arms: Mapping[RevisionId, str]) -> Mapping[str, Reading] | str:
    """The readings by whose side they are."""
    if isinstance(found, str):
        return found
    return {arms[name]: reading for name, reading in found.items() if name in arms}


def absorbed(
    watch: Watch, metric: Metric, spell: Spell | None, found: Mapping[str, Reading] | str, look: Look
) -> Watch:
    """One more look at a metric, whose requests are those of the same time."""
    if isinstance(found, str):
        return custom.unseen(watch, found, look)
    return custom.absorb(watch, metric, spell, replace(look, readings=found))
