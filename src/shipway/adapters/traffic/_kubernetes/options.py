"""What is said of every way in to pods."""

from msgspec import Struct

from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.traffic._options import HealthCheck
from shipway.model.revision import RevisionId
from shipway.model.route import SAFE_METHODS, Mirror, UserRule
from shipway.model.share import Share


class ToPods(Struct, frozen=True, kw_only=True):
    """Which cluster it is in, and how its versions are asked."""

    preview: str | None = None
    """Where the revision that `Route.preview` names answers: a host's name, or that of a Service."""
    health: HealthCheck = HealthCheck()
    kubeconfig: str | None = None
    context: str | None = None
    namespace: str | None = None


class ByWeight(ToPods, frozen=True, kw_only=True):
    """One that draws a weight for each request, and can copy it."""

    url: str
    """Where users' requests enter, as this process reaches it."""
    mirror: int | None = None
    """The share of requests, of 100,000, that a release is to copy; only asked about here."""
    mirror_methods: str = "safe"
    """Of which; `all` for every one."""
    users: tuple[tuple[str, str, str], ...] = ()
    """Whom a release is to choose, by kind, name and value; only asked about here."""


def cluster_of(options: ToPods) -> Cluster:
    """Where it is."""
    return Cluster(kubeconfig=options.kubeconfig, context=options.context, namespace=options.namespace or "")


def copies(options: ByWeight, revision: RevisionId) -> Mirror | None:
    """What a release will ask for, to `revision`."""
    methods = () if options.mirror_methods == "all" else SAFE_METHODS
    return Mirror(revision=revision, share=Share(options.mirror), methods=methods) if options.mirror else None


def users(options: ByWeight, revision: RevisionId) -> tuple[UserRule, ...]:
    """Whom it will have sent to `revision`."""
    return tuple(
        UserRule(kind=kind, name=name, value=value, revision=revision) for kind, name, value in options.users
    )
