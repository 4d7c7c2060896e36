"""Handing the user's Service back."""

from shipway.adapters.platforms.kubernetes import marks, pods
from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.kinds import CONFIG_MAP, ENDPOINT_SLICE, POD, SERVICE
from shipway.adapters.traffic._kubernetes import backends
from shipway.adapters.traffic._kubernetes.handing import put_back, require, until
from shipway.adapters.traffic._kubernetes.wishes import Wishes
from shipway.adapters.traffic.service.options import ServiceOptions


async def handed_back(cluster: Cluster, options: ServiceOptions, wishes: Wishes) -> str:
    """Its selector is as it was, and what Shipway made beside it is gone. Raises `PortError`."""
    wish, found = await wishes.read(), await cluster.read(SERVICE, options.name)
    if wish is None or found is None or not wish.has_served:
        return f"Service {options.name} was never moved"
    require(
        bool(wish.before),
        f"it is not known what Service {options.name} was before",
        "Write it as it is to be, and delete what `kubectl get all,httproutes` shows of Shipway's.",
    )
    before = wish.before["spec"].get("selector") or {}
    chosen = await cluster.list(POD, ",".join(f"{key}={value}" for key, value in before.items()))
    ready = {
        pods.name(one): one for one in chosen if pods.ready_since(one) is not None and not pods.is_ending(one)
    }
    serving = {marks.label_of(name) for name, share in wish.route.shares.items() if share}
    revisions = {(one["metadata"].get("labels") or {}).get(marks.REVISION) for one in ready.values()}
    require(
        bool(ready) and revisions == serving,
        f"the former selector of Service {options.name} does not choose the pods that serve",
        "Look with `kubectl get pods --selector=…`, and delete pods that are not to serve.",
    )
    await put_back(cluster, SERVICE, options.name, lambda spec: {**spec, "selector": dict(before)})

    async def has_followed() -> bool:
        slices = await cluster.list(ENDPOINT_SLICE, f"kubernetes.io/service-name={options.name}")
        return backends.served(slices) == ready.keys()

    await until(has_followed, f"Service {options.name} sends to the pods that serve")
    if options.preview:
        await cluster.delete(SERVICE, options.preview)
    await cluster.delete(CONFIG_MAP, wishes.name)
    return f"Service {options.name}: its selector is as it was"
