"""Prunes services, or looks what would go."""

from collections.abc import Sequence

from shipway.adapters.disk.pruning import Pruned
from shipway.app import Shipway
from shipway.home import Home


async def prune_all(home: Home, services: Sequence[str], *, dry_run: bool) -> list[Pruned]:
    """One after the other. Raises `ShipwayError` at the first that cannot be."""
    with Shipway(home) as shipway:
        each = [shipway.pruning(service) for service in services]
        return [await (one.look() if dry_run else one.prune()) for one in each]
