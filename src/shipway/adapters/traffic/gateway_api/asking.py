"""What a cluster says of an HTTPRoute before anything is changed."""

from collections.abc import Mapping

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes.kinds import ENDPOINT_SLICE, HTTP_ROUTE, POD, SERVICE
from shipway.adapters.platforms.kubernetes.marks import selector
from shipway.adapters.traffic._kubernetes.revision_services import service_of
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.adapters.traffic.gateway_api import rules
from shipway.adapters.traffic.gateway_api.build import cluster_of, options_of
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
    await cluster.list(POD, selector(service))
    await cluster.list(ENDPOINT_SLICE, selector(service))
    wish = Wish(has_served=True, route=Route(shares={NOBODY: TOTAL}), token="trial")
    shown = replace(wish, route=Route(shares={NOBODY: TOTAL}, preview=NOBODY))
    await cluster.apply(SERVICE, service_of(service, NOBODY, 1), is_trial=True)
    await cluster.apply(HTTP_ROUTE, rules.moved(found, service, chosen, wish), is_trial=True)
    await cluster.apply(HTTP_ROUTE, rules.own(found, service, chosen, wish, wish.token), is_trial=True)
    if chosen.preview:
        await cluster.apply(HTTP_ROUTE, rules.preview(found, service, chosen, shown), is_trial=True)
    return f"HTTPRoute {chosen.route}, rule {found['spec']['rules'][number].get('name', number)}, at {chosen.url}"
