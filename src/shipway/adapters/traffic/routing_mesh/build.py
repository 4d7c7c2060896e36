"""From the release file's words to the adapter."""

from collections.abc import Mapping

from msgspec.structs import replace

from shipway.adapters.context import Context
from shipway.adapters.traffic._options import read
from shipway.adapters.traffic.routing_mesh.adapter import RoutingMesh
from shipway.adapters.traffic.routing_mesh.nodes import Nodes
from shipway.adapters.traffic.routing_mesh.options import MeshOptions


def build(options: Mapping[str, object], context: Context) -> RoutingMesh:
    """The way in of one service. Raises `PortError` for options that it does not understand."""
    chosen = options_of(options, health=context.health, protocol=context.protocol)
    nodes = Nodes(chosen.address, chosen.listen)
    return RoutingMesh(nodes, chosen.health, service=context.service, home=context.home, clock=context.clock)


def options_of(
    written: Mapping[str, object], *, health: Mapping[str, object], protocol: str = "http1"
) -> MeshOptions:
    """From the release's own words. Raises `PortError`."""
    chosen = read(written, MeshOptions, health=health, below="traffic.routing_mesh")
    return replace(chosen, health=replace(chosen.health, protocol=protocol))
