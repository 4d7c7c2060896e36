"""One revision's counts by the instance that counted them: replicas, as Prometheus knows them."""

from collections.abc import Iterable, Mapping

from shipway.adapters.metrics._remembered import Series, bounds_of
from shipway.adapters.metrics.prometheus.api import Item
from shipway.adapters.metrics.prometheus.counting import Parts, Starts, counted, instance_of
from shipway.adapters.metrics.prometheus.options import PrometheusOptions
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample

UNKNOWN = ""


def by_instance(revision: RevisionId, parts: Parts, options: PrometheusOptions, *, at: float) -> Sample:
    """Each instance's series together. Where any series has no label `instance`, nothing tells replicas apart."""
    counting = {key: items for key, items in parts.items() if key != "in_flight"}
    names = {instance_of(item.metric) for items in counting.values() for item in items}
    if any(instance == UNKNOWN for _, instance in names):
        return Sample(revision=revision, at=at)
    found = {" ".join(name): tuple(counted(_of(name, counting), options, Starts()).values()) for name in names}
    bounds = bounds_of(one for series in found.values() for one in series)
    return Sample(
        revision=revision,
        at=at,
        series={name: _together(series, bounds) for name, series in sorted(found.items())},
        bounds_seconds=bounds,
    )


def _of(name: tuple[str, str], parts: Parts) -> Mapping[str, tuple[Item, ...]]:
    return {key: tuple(item for item in items if instance_of(item.metric) == name) for key, items in parts.items()}


def _together(series: Iterable[Series], bounds: tuple[float, ...]) -> Counts:
    """Series of requests, errors and latencies of one instance."""
    known = tuple(series)
    timed = [one for one in known if one.buckets is not None]
    return Counts(
        requests=sum(one.requests for one in known),
        errors=sum(one.errors for one in known),
        buckets=tuple(sum((one.buckets or {})[bound] for one in timed) for bound in bounds) if timed else (),
        timed=sum(one.timed for one in timed),
    )
