"""From the release file's words to the adapter."""

from collections.abc import Mapping
from functools import partial

from shipway.adapters.context import Context
from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.options import kubernetes_options
from shipway.adapters.platforms.kubernetes.platform import KubernetesPlatform
from shipway.adapters.secrets import key


def build(options: Mapping[str, object], context: Context) -> KubernetesPlatform:
    """`options` are those below `platform: kubernetes:`; `replicas` belongs to the plan, not to us."""
    return KubernetesPlatform(
        service=context.service, cluster=cluster_of(options), clock=context.clock, key=partial(key, context.home)
    )


def cluster_of(options: Mapping[str, object]) -> Cluster:
    """The one that they name."""
    chosen = kubernetes_options({name: options.get(name) for name in ("kubeconfig", "context", "namespace")})
    return Cluster(kubeconfig=chosen.kubeconfig, context=chosen.context, namespace=chosen.namespace)
