"""What is asked of the mesh before anything is changed. All raise `PortError`."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from shipway.adapters.platforms.docker.engine import engine, telling, unless_gone
from shipway.adapters.platforms.swarm.options import SwarmOptions
from shipway.adapters.platforms.swarm.tasks import is_task
from shipway.adapters.replicas.health import Probe
from shipway.adapters.replicas.place import Place
from shipway.adapters.replicas.records import Records
from shipway.adapters.traffic.routing_mesh.nodes import Nodes, port_of
from shipway.adapters.traffic.routing_mesh.probing import silent, told
from shipway.errors import PortError

WHERE = "traffic.routing_mesh"
CONNECT_SECONDS = 1.0


async def looked_at(nodes: Nodes, probe: Probe, *, service: str, home: Path) -> str:
    """Whether the mesh carries the service's requests, or could: its port is free. In a few words."""
    places = await asyncio.to_thread(nodes.places)
    published = await asyncio.to_thread(nodes.published, service)
    if published == nodes.port:
        return await _answering(places, await asyncio.to_thread(nodes.tasks, service), probe)
    if published is None:
        await asyncio.to_thread(require_no_other_way, service, home)
        await asyncio.to_thread(_require_unpublished, nodes)
        await _require_free(places)
    else:
        raise _moved(service, f"It has {'port ' + str(published) if published else 'no port'} of the mesh now.")
    return f"port {nodes.port} of {_count(places)} is free"


async def _answering(places: Sequence[Place], tasks: Sequence[Place], probe: Probe) -> str:
    """A service whose tasks are broken may be shipped anew: that is not the mesh's."""
    bad = await silent(places, tasks, probe)
    for place, detail in bad.items():
        raise not_carried(place, detail)
    return f"port {places[0].port} of {_count(places)} is the service's already"


def not_carried(place: Place, detail: str) -> PortError:
    """Tasks run, and their port of the mesh does not lead to them."""
    return PortError(
        told(place, detail),
        where=WHERE,
        why="The Swarm says that all is well. Where a node's kernel has no IPVS, nothing listens all the same.",
        fix="`modprobe ip_vs` on every node and restart Docker there, or write `traffic: {envoy: …}`.",
    )


def require_no_other_way(service: str, home: Path) -> None:
    """Raises `PortError` where replicas are services of their own: the mesh would never reach those."""
    if any(not is_task(record) for record in Records(home, service).replicas()):
        raise _moved(service, "Its replicas are not in the mesh, and something else carries requests to them.")


def require_not_in_mesh(nodes: Nodes, service: str) -> None:
    """Raises `PortError` where the mesh carries requests, and something else is to do it now."""
    if port := nodes.published(service):
        raise _moved(service, f"It has port {port} of the routing mesh, and the release file says another way.")


def _moved(service: str, why: str) -> PortError:
    return PortError(
        f"{service} cannot change its way in to or from the routing mesh in a release",
        where=WHERE,
        why=f"{why} A Swarm makes all tasks anew when their ports change.",
        fix="`shipway down` it first, or ship it as another `service` and move users there.",
    )


def _require_unpublished(nodes: Nodes) -> None:
    with telling(nodes.address):
        listed = engine(nodes.address).services()
    other = next((one["Spec"]["Name"] for one in listed if port_of(one) == nodes.port), None)
    if other is not None:
        raise _taken(f"The Swarm's service {other} has it in the routing mesh.", nodes.port)


async def _require_free(places: Sequence[Place]) -> None:
    """A Swarm says nothing of a port that a program of a node has: its mesh is not there, and the program is."""
    answers = await asyncio.gather(*(_is_answered(place) for place in places))
    for place, is_answered in zip(places, answers, strict=True):
        if is_answered:
            raise _taken(f"Something listens on {place}, which is not of this service.", place.port)


def _taken(why: str, port: int) -> PortError:
    return PortError(
        f"port {port} of the routing mesh is taken",
        where=f"{WHERE}.listen",
        why=why,
        fix="Stop that, or give another port in the release file.",
    )


async def _is_answered(place: Place) -> bool:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(*place)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def has_healthcheck(options: SwarmOptions) -> bool | None:
    """Whether the Swarm knows when a task takes requests; none where the image is not here to tell."""
    own = options.container_spec.get("Healthcheck")
    if own is not None:
        return _is_check(own)
    with telling(options.address):
        image = unless_gone(lambda: engine(options.address).inspect_image(options.image))
    return None if image is None else _is_check((image.get("Config") or {}).get("Healthcheck"))


def _is_check(told: object) -> bool:
    test = told.get("Test") if isinstance(told, dict) else None
    return isinstance(test, list) and test[:1] not in ([], ["NONE"])


def _count(places: Sequence[Place]) -> str:
    return f"{len(places)} {'node' if len(places) == 1 else 'nodes'}"
