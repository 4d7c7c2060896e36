"""What a cluster says before anything is changed. Each blocks until it is answered, whoever asks."""

from collections.abc import Mapping

from shipway.adapters.answering import answered
from shipway.adapters.platforms.kubernetes.apart import require_apart
from shipway.adapters.platforms.kubernetes.build import cluster_of
from shipway.adapters.platforms.kubernetes.in_place import making
from shipway.adapters.platforms.kubernetes.in_place.forms import form_of
from shipway.adapters.platforms.kubernetes.making import tried_all
from shipway.adapters.platforms.kubernetes.secrets import Key, digests
from shipway.model.revision import Revision


def tried(options: Mapping[str, object], revision: Revision) -> str:
    """Which cluster it is, after it took everything that the revision needs in a trial.

    `replicas` among the options is how many the release file asks for. Raises `PortError`.
    """

    async def asked() -> str:
        cluster = cluster_of(options)
        version, namespace = await cluster.version(), await cluster.where()
        form = form_of(options)
        if form is None:
            await require_apart(cluster, revision.service)
            await tried_all(cluster, revision)
            return f"Kubernetes {version}, namespace {namespace}"
        await making.tried(cluster, revision, form)
        await making.require_as_many(cluster, revision, form, options.get("replicas"))
        return f"Kubernetes {version}, namespace {namespace}, {form.word} {making.named(revision)} in place"

    return answered(asked())


def secrets(options: Mapping[str, object], wanted: Mapping[str, bool], key: Key) -> Mapping[str, str]:
    """Keyed hashes of the Secrets that pods read. Raises `PortError`."""
    return answered(digests(cluster_of(options), wanted, key))
