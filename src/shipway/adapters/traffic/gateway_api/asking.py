"""What a cluster says of an HTTPRoute before anything is changed."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.kinds import ENDPOINT_SLICE, HTTP_ROUTE, POD, SERVICE
from shipway.adapters.platforms.kubernetes.marks import selector
from shipway.adapters.traffic._kubernetes.comparing import covers
from shipway.adapters.traffic._kubernetes.options import cluster_of, copies, users
from shipway.adapters.traffic._kubernetes.revision_services import service_of
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.adapters.traffic.gateway_api import copying, rules
from shipway.adapters.traffic.gateway_api.build import options_of
from shipway.model.revision import RevisionId
from shipway.model.route import Route
from shipway.model.share import TOTAL

NOBODY = RevisionId("0-trial")


async def tried(options: Mapping[str, object], service: str) -> str:
    """Which HTTPRoute it is, after everything was written in a trial. Raises `PortError`."""
    chosen = options_of(options)
    cluster = cluster_of(chosen)
    found = await cluster.read(HTTP_ROUTE, chosen.route)
    if found is None:
        raise rules.missing(chosen.route)
    number = rules.chosen(found, chosen)
    if chosen.mirror:
        copying.require_order(found, number)
        await copying.require(cluster, found, chosen.mirror)
    await cluster.list(POD, selector(service))
    await cluster.list(ENDPOINT_SLICE, selector(service))
    wish = Wish(has_served=True, route=Route(shares={NOBODY: TOTAL}, users=users(chosen, NOBODY)), token="trial")
    shown = replace(wish, route=Route(shares={NOBODY: TOTAL}, preview=NOBODY))
    await cluster.apply(SERVICE, service_of(service, NOBODY, 1), is_trial=True)
    await cluster.apply(HTTP_ROUTE, rules.moved(found, service, chosen, wish), is_trial=True)
    await cluster.apply(HTTP_ROUTE, rules.own(found, service, chosen, wish, wish.token), is_trial=True)
    if copied := copies(chosen, NOBODY):
        asked = replace(wish, route=replace(wish.route, mirror=copied))
        copying.require_methods(found["spec"]["rules"][number], copied)
        await _try_copies(cluster, rules.own(found, service, chosen, asked, wish.token))
    if chosen.preview:
        await cluster.apply(HTTP_ROUTE, rules.preview(found, service, chosen, shown), is_trial=True)
    return f"HTTPRoute {chosen.route}, rule {found['spec']['rules'][number].get('name', number)}, at {chosen.url}"


async def _try_copies(cluster: Cluster, wanted: dict[str, Any]) -> None:
    """Raises `NotByGateway` where the cluster's definitions are too old to say how large a part is copied: the API
    server drops what it does not know, and all would be."""
    made = await cluster.apply(HTTP_ROUTE, wanted, is_trial=True)
    if not covers(made["spec"]["rules"][-1], wanted["spec"]["rules"][-1]):
        raise rules.NotByGateway(
            "the cluster's Gateway API cannot copy a part of requests",
            where="traffic.gateway_api.mirror",
            why="Its HTTPRoute has no `fraction` for copies: that came with version 1.3.",
            fix="Update its definitions, write `mirror: 100%`, or leave it out.",
        )
