"""Whether what the release file asks of users with and without a feature is answered, before it is shown."""

from collections.abc import AsyncIterator, Mapping

from shipway.cli.render.findings import Finding
from shipway.model.doubt import Doubt, of_both
from shipway.model.release import Release
from shipway.model.revision import RevisionId
from shipway.ports.measures import Measures
from shipway.ports.queries import QueriesOfFlags
from shipway.spec.load import Loaded

SIDES = RevisionId("true"), RevisionId("false")
"""What `{shown}` stands for."""


async def of_flags(source: object, release: Release, loaded: Loaded) -> AsyncIterator[Finding]:
    """One for each query of each feature that is no query, or tells of nobody. Raises `PortError`."""
    assert release.metrics is not None
    counting = getattr(source, "exposures", None)
    for flag in dict.fromkeys(ramp.flag for ramp in release.ramps):
        if isinstance(counting, QueriesOfFlags):
            for key, doubt in (await counting.doubts_of(flag)).items():
                yield _found(("metrics", release.metrics.name, "flags", key), doubt, flag, loaded)
        for metric, doubt in (await _of_metrics(source, release, flag)).items():
            yield _found(("guard", "metrics", metric, "flags"), doubt, flag, loaded)


async def _of_metrics(source: object, release: Release, flag: str) -> Mapping[str, Doubt]:
    metrics = [metric.of_flag(flag) for metric in release.guard.metrics if metric.flag_query]
    measures: Measures | None = source if hasattr(source, "probe") else None  # type: ignore[assignment]
    if not metrics or measures is None:
        return {}
    return of_both([await measures.probe(metrics, side) for side in SIDES])


def _found(path: tuple[str, ...], doubt: Doubt, flag: str, loaded: Loaded) -> Finding:
    """Nothing yet is right where the code of the feature is not live: that is told, and is no failure."""
    name = ".".join(path)
    if doubt.is_empty:
        said = f"{name}: nothing is counted with or without {flag}; right while no live version asks for it"
        return Finding(name="metrics", is_fine=None, said=said)
    return Finding(
        name="metrics",
        is_fine=False,
        said=f"{name}: {doubt.what}",
        where=loaded.where(*path),
        why=doubt.why or "The guard would be blind to it while the feature is shown.",
        fix=doubt.fix or "Try the query on the source's own page, and correct it.",
    )
