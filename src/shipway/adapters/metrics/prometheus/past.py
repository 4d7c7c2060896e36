"""A release of the past, read from Prometheus by the same queries and the same code as one that happens now."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shipway.adapters.metrics.prometheus.api import Api, Item
from shipway.adapters.metrics.prometheus.past_resources import PastResources
from shipway.adapters.metrics.prometheus.source import Prometheus
from shipway.analysis.windows import window
from shipway.model.metric import Metric, Reading
from shipway.model.past_release import PastRelease
from shipway.model.recording import Measured, RecordedLook, RecordedStage, Recording, Total
from shipway.model.revision import RevisionId
from shipway.model.sample import Sample, Window
from shipway.model.share import TOTAL, Share

STEP_SECONDS_MIN = 15.0
LOOKS_MIN, LOOKS_MAX = 8, 240
"""Of one release: each look is a query."""
STABLE, CANDIDATE = "stable", "candidate"
ARMS = (STABLE, CANDIDATE)


class PastApi(Api):
    """Every query is asked as of one instant."""

    instant = 0.0

    async def one(self, query: str, *, key: str = "query", at: float | None = None) -> tuple[Item, ...]:
        """As `Api.one`, then."""
        return await super().one(query, key=key, at=self.instant if at is None else at)


async def recorded(source: Prometheus, release: PastRelease, metrics: Sequence[Metric]) -> Recording:
    """The release as a recording; its stages are one where nobody knows them. Raises `PortError`."""
    api = PastApi(source.api.client)
    reader = Prometheus(source.options, api, service=source.service)
    names = _revisions(source, release)
    asked = [metric for metric in metrics if metric.query]
    resources = PastResources(reader, [metric for metric in metrics if metric.resource])
    totals, before, looks = {arm: Total() for arm in ARMS}, dict[str, Sample](), list[RecordedLook]()
    bounds: tuple[float, ...] = ()
    for at in _instants(release):
        api.instant = at
        samples = await reader.sample(list(names.values()))
        for arm, name in names.items():
            seen = window(before[arm], samples[name]) if arm in before else None
            totals[arm], bounds = _more(totals[arm], seen, bounds)
            before[arm] = samples[name]
        found = await reader.measure(asked, list(names.values())) if asked else {}
        readings = {name: _readings(values, names) for name, values in found.items()}
        readings |= await resources.at(names)
        since = at - release.start
        looks.append(_look(since, _stage_at(release, since), totals, readings))
    return Recording(
        name=release.name,
        stages=_stages(release, totals),
        looks=tuple(looks),
        bounds_seconds=bounds,
        was=release.was,
        outcome=release.outcome,
    )


def _stages(release: PastRelease, totals: Mapping[str, Total]) -> tuple[RecordedStage, ...]:
    """As they are known; all of it is one where they are not."""
    if not release.stages:
        stay = max(1.0, release.end - release.start)
        return (RecordedStage(name="all of it", share=_share(totals), stay=stay),)
    return tuple(
        RecordedStage(name=stage.name, share=stage.share, stay=max(1.0, stage.stay)) for stage in release.stages
    )


def _stage_at(release: PastRelease, since: float) -> int:
    """The stage's place; -1 before the first, and 0 where none are known."""
    return sum(stage.at <= since for stage in release.stages) - 1 if release.stages else 0


def _instants(release: PastRelease) -> list[float]:
    seconds = release.end - release.start
    step = max(min(STEP_SECONDS_MIN, seconds / LOOKS_MIN), seconds / LOOKS_MAX)
    return [release.start + number * step for number in range(int(seconds / step) + 1)]


def _revisions(source: Prometheus, release: PastRelease) -> dict[str, RevisionId]:
    """Queries that ask for versions get them from a revision's name, which is the version and a hash."""
    are_revisions = any("{revision}" in query for query in source.options.queries.values())
    written = {STABLE: release.stable, CANDIDATE: release.candidate}
    is_whole = are_revisions or release.are_revisions
    return {arm: RevisionId(name if is_whole else f"{name}-past") for arm, name in written.items()}


def _more(total: Total, seen: Window | None, bounds: tuple[float, ...]) -> tuple[Total, tuple[float, ...]]:
    """The total with one window more; latency only on the bounds that came first."""
    if seen is None:
        return total, bounds
    bounds = bounds or seen.bounds_seconds
    counted = Total(requests=total.requests + seen.requests, errors=total.errors + seen.errors)
    if not seen.buckets or seen.bounds_seconds != bounds:
        return Total(
            requests=counted.requests, errors=counted.errors, timed=total.timed, buckets=total.buckets
        ), bounds
    former = total.buckets or (0,) * len(bounds)
    timed = (total.timed or 0) + (seen.requests if seen.timed is None else seen.timed)
    buckets = tuple(map(int.__add__, former, seen.buckets))
    return replace(counted, timed=timed, buckets=buckets), bounds


def _readings(values: Mapping[RevisionId, Reading], names: Mapping[str, RevisionId]) -> dict[str, Measured]:
    found: dict[str, Measured] = {}
    for arm, name in names.items():
        reading = values.get(name)
        if reading is not None:
            found[arm] = Measured(reading.value, reading.of)
    return found


def _look(
    at: float, stage: int, totals: Mapping[str, Total], metrics: dict[str, dict[str, Measured]]
) -> RecordedLook:
    return RecordedLook(at=at, stage=stage, stable=totals[STABLE], candidate=totals[CANDIDATE], metrics=metrics)


def _share(totals: Mapping[str, Total]) -> Share:
    both = totals[STABLE].requests + totals[CANDIDATE].requests
    part = round(TOTAL * totals[CANDIDATE].requests / both) if both else TOTAL // 2
    return Share(min(max(part, 1), TOTAL - 1))
