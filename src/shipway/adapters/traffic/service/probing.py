"""Whether a Service answers: tried once for each route, by requests through it."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.traffic.service.options import ServiceOptions

Object = dict[str, Any]
REQUESTS = 4
"""Each on a connection of its own, so that each is sent to a pod anew."""
HTTP = "http1"
CONNECT_SECONDS, ANSWER_SECONDS = 0.5, 3.0


@dataclass(eq=False)
class Probing:
    """One Service's."""

    cluster: Cluster
    options: ServiceOptions
    _answered: int = 0
    """The newest generation of a route that carried what was tried."""
    _is_near: bool | None = None
    """Whether the Service's own address is reached from here; none until it was tried."""

    async def problem(self, service: Object, generation: int, *, is_served: bool) -> str:
        """Empty where it answers, or where nobody is to answer."""
        if generation <= self._answered or not is_served:
            return ""
        found = await asyncio.gather(*(self._asked(service) for _ in range(REQUESTS)))
        problem = next((one for one in found if one), "")
        if not problem:
            self._answered = generation
        return problem

    async def _asked(self, service: Object) -> str:
        name = service["metadata"]["name"]
        address = self.options.url or _address(service)
        is_http = self.options.protocol == HTTP
        if address and (self._is_near is not False or not is_http):
            status = await _status(address, self.options)
            self._is_near = self._is_near or status is not None or bool(self.options.url)
            if self._is_near:
                return _told(name, status)
        if not is_http:
            return f"Service {name} cannot be tried from here: write traffic.service.url"
        return _told(name, await self._through_the_api_server(service))

    async def _through_the_api_server(self, service: Object) -> int | None:
        name, port = service["metadata"]["name"], service["spec"]["ports"][0]["port"]
        return await self.cluster.proxied(f"{name}:{port}", self.options.health.path)


def _told(name: str, status: int | None) -> str:
    """A page that is not there is an answer too: the path is the pods' affair."""
    if status is None:
        return f"Service {name} does not answer"
    return f"Service {name} answers with {status}" if status >= 500 else ""


def _address(service: Object) -> str:
    """Where packets to the Service go; none where it has no address of its own."""
    host = service["spec"].get("clusterIP")
    if host in (None, "", "None"):
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{service['spec']['ports'][0]['port']}"


async def _status(address: str, options: ServiceOptions) -> int | None:
    """Of an answer; of what speaks no HTTP/1.1 a connection is as much as can be tried."""
    from httpx2 import AsyncClient, HTTPError, Timeout

    if options.protocol != HTTP:
        return await _connected(address)
    times = Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    try:
        async with AsyncClient(timeout=times, trust_env=False) as client:
            return (await client.get(address + options.health.path)).status_code
    except HTTPError:
        return None


async def _connected(address: str) -> int | None:
    split = urlsplit(address)
    port = split.port or (443 if split.scheme == "https" else 80)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(split.hostname, port)
    except (OSError, TimeoutError):
        return None
    writer.close()
    return 200
