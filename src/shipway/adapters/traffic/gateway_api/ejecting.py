"""Handing the user's HTTPRoute back."""

from typing import Any

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.kinds import CONFIG_MAP, ENDPOINT_SLICE, HTTP_ROUTE, POD
from shipway.adapters.traffic._kubernetes import backends
from shipway.adapters.traffic._kubernetes.handing import put_back, require, until
from shipway.adapters.traffic._kubernetes.probing import Probing, host_of
from shipway.adapters.traffic._kubernetes.revision_services import Services
from shipway.adapters.traffic._kubernetes.wishes import Wish, Wishes
from shipway.adapters.traffic.gateway_api import rules
from shipway.adapters.traffic.gateway_api.options import GatewayOptions

Object = dict[str, Any]


async def handed_back(cluster: Cluster, options: GatewayOptions, wishes: Wishes, services: Services) -> str:
    """Its backends are as they were, and what Shipway made beside it is gone. Raises `PortError`."""
    wish, found = await wishes.read(), await cluster.read(HTTP_ROUTE, options.route)
    if wish is None or found is None:
        return f"HTTPRoute {options.route} was never moved"
    if not wish.has_served:
        await put_back(cluster, HTTP_ROUTE, options.route, dict)
        await _forget(cluster, options, wishes, services)
        return f"HTTPRoute {options.route} was never moved"
    require(
        bool(wish.before),
        f"it is not known what HTTPRoute {options.route} was before",
        "Write it as it is to be, and delete what `kubectl get all,httproutes` shows of Shipway's.",
    )
    number, before = rules.chosen(found, options), rules.backends_before(dict(wish.before), options)
    await _require_served(cluster, services.owner, wish, before)
    await put_back(cluster, HTTP_ROUTE, options.route, lambda spec: rules.with_backends(spec, number, before))
    await _taken_up(cluster, options, wish, found, services.owner)
    await _forget(cluster, options, wishes, services)
    return f"HTTPRoute {options.route}: its backends are as they were"


async def _forget(cluster: Cluster, options: GatewayOptions, wishes: Wishes, services: Services) -> None:
    """What Shipway made beside the user's."""
    for name in (rules.own_name(options), rules.preview_name(options)):
        await cluster.delete(HTTP_ROUTE, name)
    await services.forget(())
    await cluster.delete(CONFIG_MAP, wishes.name)


async def _require_served(cluster: Cluster, owner: str, wish: Wish, before: list[Object]) -> None:
    """The backends of before have to send to the pods that serve, and to no others."""
    serving = {marks.label_of(name) for name, share in wish.route.shares.items() if share}
    known = {
        one["metadata"]["name"]: one["metadata"]["labels"].get(marks.REVISION)
        for one in await cluster.list(POD, marks.selector(owner))
    }
    for backend in before:
        chosen = f"kubernetes.io/service-name={backend['name']}"
        served = backends.served(await cluster.list(ENDPOINT_SLICE, chosen))
        require(
            bool(served) and {known.get(name) for name in served} == serving,
            f"Service {backend['name']}, the backend of before, does not send to the pods that serve",
            "Look with `kubectl get endpointslices`, and correct its selector.",
        )


async def _taken_up(cluster: Cluster, options: GatewayOptions, wish: Wish, found: Object, owner: str) -> None:
    """Ask the gateway once more by Shipway's own route, before that goes."""
    last = replace(wish, route_generation=wish.route_generation + 1)
    await cluster.apply(HTTP_ROUTE, rules.own(found, owner, options, last, wish.token))
    probing = Probing(options.url, options.health.path)

    async def has_followed() -> bool:
        return not await probing.problem(last, host_of(found["spec"].get("hostnames")))

    await until(has_followed, "the gateway has taken it up")
