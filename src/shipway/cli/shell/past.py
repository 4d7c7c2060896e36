"""Reads past releases, or the last minutes of two versions, from the Prometheus that a release file names."""

from collections.abc import Sequence
from pathlib import Path

from shipway.errors import ShipwayError
from shipway.home import find
from shipway.model.past_release import PastRelease
from shipway.model.recording import Recording
from shipway.spec.load import Loaded, load

ADDRESSES = ("http://", "https://")


class NoPrometheus(ShipwayError):
    """The release file does not say what to ask Prometheus."""

    code = "no-prometheus"


async def recorded(url: str, policy: Path, releases: Sequence[PastRelease]) -> tuple[Recording, ...]:
    """Each release as a recording. Raises `NoPrometheus`, or `PortError` where nothing answers."""
    from shipway.adapters.clock import WallClock
    from shipway.adapters.context import Context
    from shipway.adapters.metrics.prometheus import build
    from shipway.adapters.metrics.prometheus.past import recorded as read
    from shipway.spec.wish import guard_of

    loaded = load(policy)
    context = Context(service=loaded.file.service, home=find().path, clock=WallClock(), health={})
    source = build({**_options(loaded, url), "url": url}, context)
    metrics = guard_of(loaded.file.guard).metrics
    try:
        return tuple([await read(source, release, metrics) for release in releases])
    finally:
        await source.close()


def _options(loaded: Loaded, url: str) -> dict[str, object]:
    chosen = loaded.file.metrics
    if chosen is None or chosen.name != "prometheus":
        raise NoPrometheus(
            f"{loaded.path.name} does not say what to ask Prometheus",
            where=loaded.where("metrics"),
            why=f"`--from {url}` needs the queries for requests and errors below `metrics.prometheus`.",
            fix="Name a release file that has them with --policy.",
        )
    written = chosen.options.model_dump(mode="json", exclude_none=True)
    return {**written, "directory": str(loaded.root.absolute())}
