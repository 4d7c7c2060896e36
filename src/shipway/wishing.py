"""From a release file to a wish: the revision it describes, and the release with the adapters it names."""

from collections.abc import Mapping
from functools import partial

from msgspec.structs import replace

from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.secrets import digest_of, key
from shipway.chosen_users import with_segment
from shipway.errors import ShipwayError
from shipway.home import Home
from shipway.migrating import database_chosen
from shipway.model.release import Chosen, Release
from shipway.model.revision import Revision
from shipway.ramping import flags_chosen, with_shown
from shipway.spec.load import Loaded
from shipway.spec.platforms import updated_by
from shipway.spec.revision import SECRETS, Contents, check_version, contents_of, platform_of, revision_of
from shipway.spec.traffic import IN_CLUSTER, gateway_api, haproxy, istio, routing_mesh, service
from shipway.spec.wish import release_of


def wished(
    home: Home,
    loaded: Loaded,
    version: str,
    *,
    strategy: str | None,
    contents: Contents | None = None,
) -> tuple[Revision, Release]:
    """The file's revision and release for a version, with the adapters that it names."""
    contents = contents_read(home, loaded, version) if contents is None else contents
    revision = revision_of(
        loaded, version, root=loaded.root, contents=contents, kept=home.files(loaded.file.service)
    )
    release = release_of(loaded, revision.id, strategy=strategy)
    _check_traffic(loaded, release)
    _check_update(loaded, release)
    platform = loaded.file.platform
    context = Context(service=release.service, home=home.path, clock=WallClock(), health=revision.health)
    asked = replace(
        release,
        autoscaled=bool(revision.platform.get("autoscaler")),
        platform=Chosen(name=platform.name, options=_anchored(loaded, revision)),
        traffic=_traffic(loaded),
        metrics=_metrics(loaded),
        flags=flags_chosen(loaded),
        database=database_chosen(loaded),
        health=revision.health,
    )
    return revision, with_shown(with_segment(asked, loaded), context)


def _check_update(loaded: Loaded, release: Release) -> None:
    """Raises `ShipwayError` where the platform replaces replicas itself, and would need a second set of them."""
    platform = loaded.file.platform
    called = updated_by(platform)
    if called is None:
        return
    beside = "a smoke test" if release.smoke else "copies of requests" if release.mirror else ""
    if release.strategy == "rolling" and not beside:
        return
    instead = "Leave that out" if beside else "Write `strategy: rolling`"
    what = "tasks of one service, and chooses which" if platform.swarm else "pods of one workload"
    otherwise = _WITHOUT.get(called, "remove `update`: then Shipway itself replaces the replicas")
    raise ShipwayError(
        f"A {called}'s own update cannot do {beside or release.strategy}.",
        where=loaded.where("platform", platform.name, "update"),
        why=f"It replaces {what}: it keeps no second set, and no share of users.",
        fix=f"{instead}, or {otherwise}.",
    )


_WITHOUT = {
    "StatefulSet": "run the application as a Deployment: pods of a StatefulSet are not alike",
    "DaemonSet": "run the application as a Deployment: a node has one pod of a DaemonSet, and none beside it",
}
"""Where there is no way without `update`."""


def _check_traffic(loaded: Loaded, release: Release) -> None:
    """Raises `ShipwayError` where what carries requests cannot do what the strategy asks for."""
    found = (
        *service.against_strategy(loaded.file, release.strategy, release.replicas),
        *gateway_api.against_strategy(loaded.file, release.strategy),
        *istio.against_strategy(loaded.file, release.strategy),
        *haproxy.against_strategy(loaded.file, release.strategy),
        *routing_mesh.against_strategy(loaded.file, release.strategy),
    )
    for wrong in found:
        raise ShipwayError(wrong.what, where=loaded.where(*wrong.at), why=wrong.why, fix=wrong.fix)


def _anchored(loaded: Loaded, revision: Revision) -> dict[str, object]:
    """With the folder made absolute: a controller that runs hooks and smoke tests works elsewhere, and knows
    nothing of this shell's variables."""
    options = loaded.file.platform.options.model_dump(mode="json")
    anchor = {"directory": revision.platform.get("directory") or str(loaded.root.absolute())}
    return {**options, **anchor, **_engine(options), **_published(loaded, options)}


def _published(loaded: Loaded, options: Mapping[str, object]) -> dict[str, object]:
    """A Swarm's service has the port itself that its routing mesh takes requests on."""
    mesh, update = loaded.file.traffic.routing_mesh, options.get("update")
    return {"update": {**update, "published": mesh.listen}} if mesh and isinstance(update, dict) else {}


def _engine(options: Mapping[str, object]) -> dict[str, object]:
    if "engine" not in options:
        return {}
    from shipway.adapters.platforms.docker.options import engine_address

    return {"engine": options["engine"] or engine_address()}


def contents_read(home: Home, loaded: Loaded, version: str, *, asks: bool = True) -> Contents:
    """The configuration files, the secrets' keyed hash, and what the platform is asked for, as they are now.

    Without `asks` it is not: a tag is left as it is written. Raises `ShipwayError`.
    """
    check_version(version)
    platform = platform_of(loaded, version, loaded.root)
    named = next((key for key in ("env_from", "secret_files") if platform.get(key)), "compose")
    where = loaded.where("platform", loaded.file.platform.name, named)
    return Contents(
        files=contents_of(loaded, root=loaded.root),
        secrets=digest_of(platform, home=home.path, where=where) if SECRETS & platform.keys() else "",
        found=_found(home, loaded, platform) if asks else {},
    )


def _found(home: Home, loaded: Loaded, platform: Mapping[str, object]) -> Mapping[str, object]:
    """What only the platform can tell. Raises `PortError`."""
    told = loaded.file.platform.options.model_dump(mode="json", include={"pull", "engine", "update"})
    match loaded.file.platform.name:
        case "docker":
            from shipway.adapters.platforms.docker.resolving import resolved

            return resolved({**platform, **told}, root=loaded.root)
        case "swarm":
            from shipway.adapters.platforms.swarm import resolving

            service = loaded.file.service
            return resolving.resolved({**platform, **told}, root=loaded.root, service=service, home=home.path)
        case "kubernetes":
            return _of_cluster(home, loaded, platform)
        case _:
            return {}


def _of_cluster(home: Home, loaded: Loaded, platform: Mapping[str, object]) -> Mapping[str, object]:
    """Manifests, and what the Secrets hold that they read. Raises `PortError`."""
    from shipway.adapters.platforms.kubernetes.reading import read, secrets_of

    options = loaded.file.platform.kubernetes
    assert options is not None, "asked for another platform"
    asked = {**platform, **options.model_dump(include={"update"}, exclude_none=True)}
    kept = read(asked, root=loaded.root, where=loaded.where("platform", "kubernetes", "manifests"))
    workload = kept["workload"]
    assert isinstance(workload, dict), "a Deployment"
    wanted = secrets_of(workload)
    if not wanted or not options.copy_secrets:
        return kept
    from shipway.adapters.platforms.kubernetes import asking

    where = options.model_dump(include={"kubeconfig", "context", "namespace"})
    return {**kept, "secrets": asking.secrets(where, wanted, partial(key, home.path))}


def options_of_traffic(loaded: Loaded) -> dict[str, object]:
    """As the data plane's adapter takes them. Paths in them are relative to the file's folder."""
    options = loaded.file.traffic.options.model_dump(mode="json", exclude_none=True)
    kept = {"kept": True} if loaded.file.traffic.service and updated_by(loaded.file.platform) else {}
    return {**options, **_cluster(loaded), **_swarm(loaded), **kept, "directory": str(loaded.root.absolute())}


def _cluster(loaded: Loaded) -> dict[str, object]:
    """Where pods are, for what carries requests there."""
    if loaded.file.traffic.name not in IN_CLUSTER:
        return {}
    chosen = {"kubeconfig", "context", "namespace"}
    return loaded.file.platform.options.model_dump(mode="json", include=chosen, exclude_none=True)


def _swarm(loaded: Loaded) -> dict[str, object]:
    """Where the Swarm is asked, for its routing mesh."""
    if loaded.file.traffic.routing_mesh is None:
        return {}
    return _engine(loaded.file.platform.options.model_dump(mode="json", include={"engine"}))


def _traffic(loaded: Loaded) -> Chosen | None:
    """None where replicas fetch their work themselves."""
    if loaded.file.kind != "http":
        return None
    return Chosen(name=loaded.file.traffic.name, options=options_of_traffic(loaded))


def _metrics(loaded: Loaded) -> Chosen | None:
    """The source that the file names. Secrets are references in it, with paths relative to the file's folder."""
    chosen = loaded.file.metrics
    if chosen is None:
        return None
    options = chosen.options.model_dump(mode="json", exclude_none=True)
    return Chosen(name=chosen.name, options={**options, "directory": str(loaded.root.absolute())})
