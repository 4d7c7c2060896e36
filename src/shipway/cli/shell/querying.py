"""Whether the sources of metrics answer to what the release file asks, before users are exposed."""

from collections.abc import AsyncIterator

from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.app import source_of
from shipway.cli.render.findings import Finding
from shipway.cli.render.paint import Paint, filled
from shipway.errors import PortError
from shipway.home import Home
from shipway.model.release import Release
from shipway.model.revision import Revision
from shipway.ports.queries import Queries
from shipway.spec.load import Loaded


async def queried(home: Home, loaded: Loaded, release: Release, live: Revision | None) -> list[Finding]:
    """What each query gives for the version that serves; nothing where the file has no query."""
    asked = [metric for metric in release.guard.metrics if metric.query]
    if release.metrics is None:
        return [_unanswered(loaded, metric.name) for metric in asked]
    context = Context(service=release.service, home=home.path, clock=WallClock(), health=release.health)
    where = loaded.where("metrics", release.metrics.name)
    source = source_of(release, context)
    try:
        said = await source.check()
        doubts = [found async for found in _doubts(source, release, live, loaded)] if live else []
    except PortError as error:
        return [Finding.of("metrics", error, where=where)]
    finally:
        await source.close()
    nobody = "" if live else "; no version serves yet that its queries could be asked for"
    return [*doubts] or [Finding(name="metrics", is_fine=True if live else None, said=f"{said}{nobody}")]


async def _doubts(source: object, release: Release, live: Revision, loaded: Loaded) -> AsyncIterator[Finding]:
    """One for each query that does not give what is meant."""
    assert release.metrics is not None
    name = release.metrics.name
    if isinstance(source, Queries):
        for key, said in (await source.doubts(live.id)).items():
            yield _doubt(f"metrics.{name}.{key} {said}", loaded.where("metrics", name, key))
    asked = [metric for metric in release.guard.metrics if metric.query]
    probe = getattr(source, "probe", None)
    if asked and probe is None:
        for metric in asked:
            yield _unanswered(loaded, metric.name)
    elif asked and probe is not None:
        for metric_name, said in (await probe(asked, live.id)).items():
            yield _doubt(f"guard.metrics.{metric_name} {said}", loaded.where("guard", "metrics", metric_name))


def _doubt(said: str, where: str) -> Finding:
    return Finding(
        name="metrics",
        is_fine=False,
        said=said,
        where=where,
        why="The guard would be blind to it while users are on the new version.",
        fix="Try the query on the source's own page, and correct it.",
    )


def _unanswered(loaded: Loaded, metric: str) -> Finding:
    return Finding(
        name="metrics",
        is_fine=False,
        said=f"guard.metrics.{metric} is a query that nothing here answers",
        where=loaded.where("guard", "metrics", metric),
        why="The data plane's own counters know requests only.",
        fix="Name a source, such as `metrics: {prometheus: …}`.",
    )


def warnings(found: list[Finding], paint: Paint) -> list[str]:
    """Those that fail, as lines beside a plan."""
    return [
        line
        for one in found
        if one.is_fine is False
        for line in filled(f"{one.said} ({one.where})", head=f"{paint.warn('!')} ")
    ]
