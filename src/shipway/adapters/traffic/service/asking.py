"""What a Service says before anything is changed."""

from collections.abc import Mapping
from typing import Any

from shipway.adapters.platforms.kubernetes.kinds import ENDPOINT_SLICE, POD, SERVICE
from shipway.adapters.platforms.kubernetes.marks import selector
from shipway.adapters.traffic._kubernetes.options import cluster_of
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.adapters.traffic.service import services
from shipway.adapters.traffic.service.build import options_of


async def tried(options: Mapping[str, object], service: str) -> str:
    """Which Service it is, after its selector was moved in a trial. Raises `PortError`."""
    chosen = options_of(options)
    cluster = cluster_of(chosen)
    found = await cluster.read(SERVICE, chosen.name)
    if found is None:
        raise services.missing(chosen.name)
    services.require_pods(found)
    await cluster.list(POD, selector(service))
    await cluster.list(ENDPOINT_SLICE, f"kubernetes.io/service-name={chosen.name}")
    if chosen.kept:
        return f"{_told(chosen.name, found)}, as it is"
    await cluster.apply(SERVICE, services.moved(found, service, Wish(has_served=True)), is_trial=True)
    if chosen.preview:
        await cluster.apply(SERVICE, services.preview(chosen.preview, service, found, None), is_trial=True)
    return _told(chosen.name, found)


def _told(name: str, service: Mapping[str, Any]) -> str:
    return f"Service {name}, port {', '.join(str(port['port']) for port in service['spec']['ports'])}"
