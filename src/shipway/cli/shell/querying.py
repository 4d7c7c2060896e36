"""Whether the sources of metrics answer to what the release file asks, before users are exposed."""

from collections.abc import AsyncIterator

from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.assembling import source_of
from shipway.cli.render.findings import Finding
from shipway.cli.render.paint import Paint, filled
from shipway.cli.shell.querying_flags import of_flags
from shipway.errors import PortError
from shipway.home import Home
from shipway.model.doubt import Doubt
from shipway.model.release import Release
from shipway.model.revision import Revision, RevisionId
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
        asked_for = live.id if live else release.revision
        doubts = [found async for found in _doubts(source, release, asked_for, loaded, is_live=live is not None)]
    except PortError as error:
        return [Finding.of("metrics", error, where=where)]
    finally:
        await source.close()
    nobody = "" if live else "; no version serves yet: what its queries give was not seen"
    if any(one.is_fine is False for one in doubts):
        return doubts
    return [Finding(name="metrics", is_fine=True if live else None, said=f"{said}{nobody}"), *doubts]


async def _doubts(
    source: object, release: Release, revision: RevisionId, loaded: Loaded, *, is_live: bool
) -> AsyncIterator[Finding]:
    """One for each query that does not give what is meant; of a version that never served nothing is right."""
    assert release.metrics is not None
    name = release.metrics.name
    if isinstance(source, Queries):
        for key, doubt in (await source.doubts(revision)).items():
            if is_live or not doubt.is_empty:
                yield _doubt(f"metrics.{name}.{key}", doubt, loaded.where("metrics", name, key))
    asked = [metric for metric in release.guard.metrics if metric.query]
    probe = getattr(source, "probe", None)
    if asked and probe is None:
        for metric in asked:
            yield _unanswered(loaded, metric.name)
    elif asked and probe is not None:
        for metric_name, doubt in (await probe(asked, revision)).items():
            if is_live or not doubt.is_empty:
                where = loaded.where("guard", "metrics", metric_name)
                yield _doubt(f"guard.metrics.{metric_name}", doubt, where)
    async for found in of_flags(source, release, loaded):
        yield found


def _doubt(name: str, doubt: Doubt, where: str) -> Finding:
    return Finding(
        name="metrics",
        is_fine=False,
        said=f"{name}: {doubt.what}",
        where=where,
        why=doubt.why or "The guard would be blind to it while users are on the new version.",
        fix=doubt.fix or "Try the query on the source's own page, and correct it.",
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
