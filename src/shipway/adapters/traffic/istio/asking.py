"""What a cluster says of a VirtualService and a DestinationRule before anything is changed."""

from collections.abc import Mapping

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes.kinds import (
    DESTINATION_RULE,
    ENDPOINT_SLICE,
    POD,
    SERVICE,
    VIRTUAL_SERVICE,
)
from shipway.adapters.platforms.kubernetes.marks import selector
from shipway.adapters.traffic._kubernetes import fencing
from shipway.adapters.traffic._kubernetes.options import cluster_of, copies, users
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.adapters.traffic.istio import choosing, rules, subsets
from shipway.adapters.traffic.istio.build import options_of
from shipway.adapters.traffic.istio.refusing import missing, require
from shipway.model.revision import RevisionId
from shipway.model.route import Route
from shipway.model.share import TOTAL

NEW = RevisionId("0-trial")


async def tried(options: Mapping[str, object], service: str) -> str:
    """Which http route it is, after everything was written in a trial. Raises `PortError`."""
    chosen = options_of(options)
    cluster = cluster_of(chosen)
    there = await cluster.read(VIRTUAL_SERVICE, chosen.virtual_service)
    rule = await cluster.read(DESTINATION_RULE, chosen.destination_rule)
    if there is None:
        raise missing("VirtualService", chosen.virtual_service, "virtual_service")
    if rule is None:
        raise missing("DestinationRule", chosen.destination_rule, "destination_rule")
    subsets.check(rule, chosen.destination_rule, await cluster.where())
    choosing.check(there, rule, chosen)
    if not fencing.generation(there):
        choosing.check_subsets(there, rule, chosen)
    host = subsets.service_of(rule)
    require(
        await cluster.read(SERVICE, host) is not None,
        f"there is no Service {host}",
        why=f"DestinationRule {chosen.destination_rule} is of that host.",
        fix="`kubectl apply` its manifest.",
        at="destination_rule",
    )
    await cluster.list(POD, selector(service))
    await cluster.list(ENDPOINT_SLICE, selector(service))
    asked = Route(shares={NEW: TOTAL}, preview=NEW, users=users(chosen, NEW), mirror=copies(chosen, NEW))
    wish = Wish(has_served=True, route=asked, token="trial")
    number = fencing.generation(there)
    made = subsets.moved(rule, number, subsets.wanted(service, rule, wish, [NEW]), ())
    await cluster.apply(DESTINATION_RULE, made, is_trial=True)
    http = rules.http(there, service, chosen, replace(wish, route_generation=number))
    await cluster.apply(VIRTUAL_SERVICE, rules.moved(there, number, http), is_trial=True)
    if chosen.preview:
        shown = rules.preview(there, service, chosen, wish)
        await cluster.apply(VIRTUAL_SERVICE, shown, is_trial=True)
    name = choosing.route_of(there, chosen).get("name") or choosing.chosen(there, chosen)
    return f"VirtualService {chosen.virtual_service}, http route {name}, at {chosen.url}"
