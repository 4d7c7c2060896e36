"""From Prometheus' series to counts, each with the thing that counted."""

import math
from collections.abc import Iterator, Mapping

from shipway.adapters.metrics._remembered import SERIES_MAX, Series
from shipway.adapters.metrics.prometheus.api import Item, name_of
from shipway.adapters.metrics.prometheus.histograms import Labels, Timed, histograms
from shipway.adapters.metrics.prometheus.numbers import is_error, whole
from shipway.adapters.metrics.prometheus.options import PrometheusOptions

JITTER_SECONDS = 2.0
"""Some clients compute when they started anew at each scrape, from a clock that is set meanwhile."""

Parts = Mapping[str, tuple[Item, ...]]
Instance = tuple[str, str]


class Starts:
    """When each instance started, as far as it says: a counter that fell and rose between two looks shows that."""

    def __init__(self) -> None:
        self._known: dict[Instance, float] = {}

    def kept(self) -> dict[str, float]:
        """By job and instance, the newest that are not too many."""
        return {"\n".join(instance): at for instance, at in list(self._known.items())[-SERIES_MAX:]}

    def recall(self, kept: Mapping[str, float]) -> None:
        """What another one kept."""
        for name, at in kept.items():
            job, _, instance = name.partition("\n")
            self._known[job, instance] = at

    def read(self, items: tuple[Item, ...]) -> None:
        """Take what `process_start_time_seconds` says now; what differs by little is the same start."""
        for item in items:
            instance = instance_of(item.metric)
            known = self._known.get(instance)
            if math.isfinite(item.number) and (known is None or abs(item.number - known) > JITTER_SECONDS):
                self._known[instance] = item.number

    def source(self, identity: str, metric: Mapping[str, str]) -> str:
        """The identity with the start of the instance that its labels name."""
        started = self._known.get(instance_of(metric))
        return identity if started is None else f"{identity}@{started:.0f}"


def instance_of(metric: Mapping[str, str]) -> Instance:
    """Job and instance, each empty where there is no such label."""
    return metric.get("job", ""), metric.get("instance", "")


def counted(parts: Parts, options: PrometheusOptions, starts: Starts) -> dict[str, Series]:
    """By identity. Raises `QueryWrong` for what nothing can have counted."""
    starts.read(parts.get("started", ()))
    return {series.identity: series for series in _series(parts, options, starts)}


def _series(parts: Parts, options: PrometheusOptions, starts: Starts) -> Iterator[Series]:
    for item in parts.get("requests", ()):
        count = whole(item)
        errors = count if options.errors is None and is_error(item) else 0
        identity = f"requests {name_of(item.metric)}"
        yield Series(identity=identity, source=starts.source(identity, item.metric), requests=count, errors=errors)
    for item in parts.get("errors", ()):
        identity = f"errors {name_of(item.metric)}"
        yield Series(identity=identity, source=starts.source(identity, item.metric), errors=whole(item))
    sums = {_labels(item): item.number for item in parts.get("latency_sum", ()) if math.isfinite(item.number)}
    for labels, timed in histograms(parts.get("latency", ()), unit_seconds=options.unit_seconds).items():
        yield _latency(labels, timed, sums.get(labels, 0.0) * options.unit_seconds, starts)


def _latency(labels: Labels, timed: Timed, sum_seconds: float, starts: Starts) -> Series:
    identity = f"latency {name_of(dict(labels))}"
    return Series(
        identity=identity,
        source=starts.source(identity, dict(labels)),
        latency_sum_seconds=timed.sum_seconds or sum_seconds,
        buckets=timed.buckets,
        timed=timed.count,
    )


def _labels(item: Item) -> Labels:
    return frozenset((key, value) for key, value in item.metric.items() if key != "__name__")
