"""Ways in that are part of the cluster, with users who come by them, and a Prometheus that knows what they saw."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from acceptance.stand import Stand
from platforms.kubernetes import envoy_gateway, mesh
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.gateway import Gateway, http_route
from platforms.kubernetes.shop import Answered, Shop, shop
from real.exporting import TEXT, Exposed, exporter
from real.prometheus import prometheus

SERVICE = ROUTE = "checkout"
USUAL = {"canary": {"stages": ["50%", "100%"], "bake": "2s", "sticky": None}, "drain": "12s"}
"""Both tell no users apart; a request takes ten seconds at most."""
QUERIES = {
    "requests": 'users_requests_total{version="{version}"}',
    "errors": 'users_errors_total{version="{version}"}',
}


def service(name: str = SERVICE) -> dict[str, object]:
    """As a user writes it."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": {"team": "shop"}},
        "spec": {"selector": {"app": "checkout"}, "ports": [{"name": "http", "port": 80, "targetPort": 8000}]},
    }


def of_users(stand: Stand) -> Exposed:
    """What all loads of a stand were answered, by version."""

    async def exposed() -> tuple[str, bytes]:
        known = {revision.version for revision in (await stand.shipway.known(stand.service)).values()}
        return _shown(_counts(stand, known))

    return exposed


def of_pods(made: Shop) -> Exposed:
    """What the pods that are, or were, there say that they answered, by version: users' requests, and copies."""
    kept: dict[str, list[Answered]] = {}

    async def exposed() -> tuple[str, bytes]:
        kept.update(await asyncio.to_thread(made.answered))
        found = [one for answers in kept.values() for one in answers]
        all_of_them = Counter(one.version for one in found)
        failed = Counter(one.version for one in found if one.status >= 500)
        counts = [("users_requests_total", version, count) for version, count in all_of_them.items()]
        return _shown([*counts, *(("users_errors_total", version, failed[version]) for version in all_of_them)])

    return exposed


def _shown(counts: Iterable[tuple[str, str, int]]) -> tuple[str, bytes]:
    lines = [f'{name}{{version="{version}"}} {count}' for name, version, count in counts]
    return TEXT, ("\n".join(lines) + "\n").encode()


def _counts(stand: Stand, versions: set[str]) -> list[tuple[str, str, int]]:
    told = []
    for version in sorted(versions):
        failed = sum(load.counts.failed.get(version, 0) for load in stand.loads)
        answered = sum(load.counts.answered.get(version, 0) for load in stand.loads)
        told += [("users_requests_total", version, answered + failed), ("users_errors_total", version, failed)]
    return told


@asynccontextmanager
async def behind_a_service(cluster: Cluster, folder: Path, **wish: object) -> AsyncIterator[Shop]:
    """A shop whose users come by the address of a Service."""
    traffic = {"service": {"name": SERVICE}}
    async with shop(cluster, folder, **{"traffic": traffic, **USUAL, **wish}) as made:
        stand = made.stand
        await asyncio.to_thread(made.apply, service())
        found = await asyncio.to_thread(made.read, "service", SERVICE)
        stand.host, stand.port = found["spec"]["clusterIP"], 80
        async with counted(made):
            yield made


@asynccontextmanager
async def behind_a_gateway(
    cluster: Cluster, folder: Path, *, gateway: Gateway, **wish: object
) -> AsyncIterator[Shop]:
    """A shop whose users come by Traefik, which goes by an HTTPRoute.

    Its route has no host and is the older one, so the next shop's users would follow it while its namespace ends.
    """
    traffic = {"gateway_api": {"route": ROUTE, "url": gateway.url}}
    async with shop(cluster, folder, **{"traffic": traffic, **USUAL, **wish}) as made:
        await asyncio.to_thread(made.apply, service(), http_route(name=ROUTE))
        made.stand.port = gateway.port
        try:
            async with counted(made):
                yield made
        finally:
            await asyncio.to_thread(made.kubectl, "delete", "httproute", ROUTE, "--ignore-not-found")


@asynccontextmanager
async def behind_a_copying_gateway(cluster: Cluster, folder: Path, **mirror: object) -> AsyncIterator[Shop]:
    """A shop whose users come by an Envoy that goes by an HTTPRoute, and copies; its pods tell what they did."""
    way = {"route": ROUTE, "url": "http://127.0.0.1:1", **mirror}
    async with shop(cluster, folder, traffic={"gateway_api": way}, **USUAL) as made:
        written = http_route(name=ROUTE, parent=envoy_gateway.PARENT)
        await asyncio.to_thread(made.apply, service(), written)
        place = folder / "gateway"
        place.mkdir()
        with envoy_gateway.running(cluster, made.namespace, place) as gateway:
            made.stand.port = gateway.port
            made.stand.change(traffic={"gateway_api": {**way, "url": gateway.url}})
            made.environment(CHECKOUT_LOG_REQUESTS="1")
            async with counted(made, of_pods(made)):
                yield made


@asynccontextmanager
async def behind_a_mesh(cluster: Cluster, folder: Path, **wish: object) -> AsyncIterator[Shop]:
    """A shop whose users come by an Envoy that goes by a VirtualService and a DestinationRule."""
    objects = {"virtual_service": ROUTE, "destination_rule": ROUTE}
    traffic = {"istio": {**objects, "url": "http://127.0.0.1:1"}}
    async with shop(cluster, folder, **{"traffic": traffic, **USUAL, **wish}) as made:
        await asyncio.to_thread(made.apply, service(), mesh.virtual_service(), mesh.destination_rule())
        place = folder / "mesh"
        place.mkdir()
        with mesh.running(cluster, made.namespace, place) as gateway:
            made.stand.port = gateway.port
            made.stand.change(traffic={"istio": {**objects, "url": gateway.url}})
            async with counted(made):
                yield made


@asynccontextmanager
async def counted(made: Shop, exposed: Exposed | None = None) -> AsyncIterator[None]:
    """By a Prometheus."""
    stand = made.stand
    async with (
        exporter(exposed or of_users(stand)) as address,
        prometheus(stand.folder / "prometheus", address) as server,
    ):
        stand.change(metrics={"prometheus": {"url": server.url, **QUERIES}})
        yield


def told(opened: AbstractAsyncContextManager[Shop], story: Callable[[Shop], Awaitable[None]]) -> None:
    """Play a story there."""

    async def played() -> None:
        async with opened as made:
            await story(made)

    asyncio.run(played())
