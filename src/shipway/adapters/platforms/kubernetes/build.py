"""From the release file's words to the adapter."""

from collections.abc import Mapping
from functools import partial

from shipway.adapters.context import Context
from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.in_place.forms import form_of
from shipway.adapters.platforms.kubernetes.in_place.platform import PlatformInPlace
from shipway.adapters.platforms.kubernetes.options import kubernetes_options
from shipway.adapters.platforms.kubernetes.platform import KubernetesPlatform
from shipway.adapters.secrets import key


def build(options: Mapping[str, object], context: Context) -> KubernetesPlatform:
    """`options` are those below `platform: kubernetes:`; `replicas` belongs to the plan, not to us."""
    form, cluster, secret = form_of(options), cluster_of(options), partial(key, context.home)
    if form is None:
        return KubernetesPlatform(context.service, cluster, context.clock, secret)
    return PlatformInPlace(context.service, cluster, context.clock, secret, form)


def cluster_of(options: Mapping[str, object]) -> Cluster:
    """The one that they name."""
    chosen = kubernetes_options({name: options.get(name) for name in ("kubeconfig", "context", "namespace")})
    return Cluster(kubeconfig=chosen.kubeconfig, context=chosen.context, namespace=chosen.namespace)
