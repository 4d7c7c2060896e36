"""From a release to the adapters that it names."""

from collections.abc import Mapping
from typing import Any

from shipway.adapters.context import Context
from shipway.adapters.names import builder
from shipway.engine.measuring import QUERIES, RESOURCES
from shipway.engine.ports import Ports
from shipway.model.release import Chosen, Release
from shipway.model.service_kind import ServiceKind
from shipway.ports.measures import Measures
from shipway.ramping import service_of
from shipway.spec.traffic import IN_CLUSTER


def assembled(release: Release, context: Context) -> Ports:
    """Adapters by name, each built from its options."""
    platform = builder("platforms", release.platform.name)(release.platform.options, context)
    chosen = release.traffic
    traffic = builder("traffic", chosen.name)(chosen.options, context) if chosen else None
    metrics = source_of(release, context)
    told = {"directory": release.platform.options.get("directory", ".")}
    gates = {name: builder("gates", name)(told, context) for name in ("command", "http", "hours")}
    return Ports(
        platform=platform,
        traffic=traffic,
        metrics=metrics,
        measures=_measures(metrics, platform),
        gates=gates,
        flags=service_of(release.flags, context),
        database=_database(release, context),
        exposures=_first_with("exposures", metrics, platform),
        jobs=platform.jobs if release.kind == ServiceKind.CRON else None,
        replica_counts=metrics if hasattr(metrics, "by_replica") else None,
        mirror_counts=_mirror_counts(release, context),
        address=_address(chosen.options) if chosen else "",
        preview=_preview(chosen) if chosen else "",
    )


def _mirror_counts(release: Release, context: Context) -> Any:
    """The data plane, where it counts at all; a cluster's own does not."""
    chosen = release.traffic
    if release.mirror is None or chosen is None or chosen.name in IN_CLUSTER:
        return None
    return builder("metrics", chosen.name)(chosen.options, context)


def _database(release: Release, context: Context) -> Any:
    """Where the schema moves; none where nothing does."""
    chosen = release.database
    return builder("databases", chosen.name)(chosen.options, context) if chosen else None


def _measures(metrics: Any, platform: Any) -> dict[str, Measures]:
    """Who answers custom metrics: a source that takes queries, a platform that counts resources."""
    found: dict[str, Measures] = {}
    if hasattr(metrics, "measure"):
        found[QUERIES] = metrics
    if hasattr(platform, "resources"):
        found[RESOURCES] = platform.resources
    return found


def _first_with(name: str, *adapters: Any) -> Any:
    """What the first adapter that has it offers beside its port."""
    return next((found for adapter in adapters if (found := getattr(adapter, name, None)) is not None), None)


def source_of(release: Release, context: Context) -> Any:
    """Where work is counted: the source that the release names, or its data plane, or its workers' own files."""
    chosen = release.metrics or release.traffic or Chosen(name="jobs")
    return builder("metrics", chosen.name)(chosen.options, context)


def _address(options: Mapping[str, object]) -> str:
    """Where users reach the service; its name where it has one."""
    if options.get("url"):
        return str(options["url"])
    url = _url(options.get("listen"), scheme="https" if options.get("tls") else "http")
    scheme, _, rest = url.partition("://")
    here, _, port = rest.rpartition(":")
    shown = "" if (scheme, port) in (("https", "443"), ("http", "80")) else f":{port}"
    return f"{scheme}://{options.get('host') or here}{shown}" if rest else url


def _preview(chosen: Chosen) -> str:
    """Where only the new version answers."""
    if chosen.name in IN_CLUSTER:
        return str(chosen.options.get("preview_url") or "")
    return _url(chosen.options.get("preview"))


def _url(address: object, *, scheme: str = "http") -> str:
    """Where to reach a listening address from this machine."""
    if not address:
        return ""
    host, _, port = str(address).rpartition(":")
    return f"{scheme}://{'127.0.0.1' if host in ('', '0.0.0.0', '[::]') else host}:{port}"
