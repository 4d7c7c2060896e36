"""Counts of requests with and without a flag: the same source, asked of a flag's two answers, not of versions."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from shipway.adapters.metrics.prometheus.options import PrometheusOptions
from shipway.adapters.metrics.prometheus.source import Prometheus
from shipway.model.doubt import Doubt, of_both
from shipway.model.revision import RevisionId
from shipway.model.sample import Sample
from shipway.ports.exposures import HIDDEN, SHOWN

SIDES = {SHOWN: RevisionId("true"), HIDDEN: RevisionId("false")}
"""What `{shown}` stands for."""
Open = Callable[[PrometheusOptions], Prometheus]


class PrometheusExposures:
    """`Exposures` of one service; each flag is a source of its own, with its own memory of series."""

    def __init__(self, options: PrometheusOptions, opened: Open) -> None:
        self._options, self._opened = options, opened
        self._sources: dict[str, Prometheus] = {}

    async def exposures(self, flag: str) -> Mapping[str, Sample]:
        """Both sides, at one instant of the server's clock. Raises `PortError`."""
        found = await self._of(flag).sample(list(SIDES.values()))
        return {side: found[revision] for side, revision in SIDES.items()}

    async def doubts_of(self, flag: str) -> Mapping[str, Doubt]:
        """By key below `flags`: what is wrong with its query on either side. Raises `PortError`."""
        return of_both([await self._of(flag).doubts(side) for side in SIDES.values()])

    def _of(self, flag: str) -> Prometheus:
        if flag not in self._sources:
            self._sources[flag] = self._opened(asking(self._options, flag))
        return self._sources[flag]


def asking(options: PrometheusOptions, flag: str) -> PrometheusOptions:
    """The options of the source for one flag."""
    queries = options.flags
    assert queries is not None, "only a source that has queries of flags is asked"
    return replace(
        options,
        requests=_filled(queries.requests, flag),
        errors=_filled(queries.errors, flag) if queries.errors else None,
        latency=_filled(queries.latency, flag) if queries.latency else None,
        in_flight=None,
        flags=None,
    )


def _filled(query: str, flag: str) -> str:
    """Names of flags have letters, digits and `._-` only: nothing needs an escape."""
    return query.replace("{flag}", flag).replace("{shown}", "{revision}")
