"""A network for each home, in which replicas have fixed addresses.

Docker gives a container that it starts again any free address, so a proxy could send requests for one replica to
another one, or to a stranger. A fixed address needs a network whose range of addresses was chosen by whoever made
it: Docker is asked for a free range first, and gives addresses of its own choice only from the upper half of it.
"""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, ip_address
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shipway.adapters.platforms.docker.engine import telling, unless_gone
from shipway.adapters.platforms.docker.labels import HOME, network_of
from shipway.errors import PortError

if TYPE_CHECKING:
    from docker import APIClient

TRIES = 5
RESERVED = 2
"""The network's own address, and its gateway."""


def ensured(client: "APIClient", home: Path) -> IPv4Network:
    """Make the network where it is not there; returns the addresses that are ours to give. Raises `PortError`."""
    name = network_of(home)
    with telling(client.base_url, f"the network {name}"):
        found = unless_gone(lambda: client.inspect_network(name)) or _made(client, name, home)
    return next(IPv4Network(found["IPAM"]["Config"][0]["Subnet"]).subnets())


def _made(client: "APIClient", name: str, home: Path) -> Any:
    """Another home may take the range in the moment that it is free: then another is asked for."""
    from docker.errors import APIError

    for attempt in range(TRIES):
        whole = _free(client, name)
        try:
            client.create_network(name, driver="bridge", ipam=_ipam(whole), labels={HOME: str(home)})
            break
        except APIError:
            found = unless_gone(lambda: client.inspect_network(name))
            if found is None and attempt == TRIES - 1:
                raise
            if found is not None:
                break
    return client.inspect_network(name)


def _free(client: "APIClient", name: str) -> IPv4Network:
    """A range that nobody has."""
    made = client.create_network(f"{name}-range", driver="bridge")
    try:
        config = client.inspect_network(made["Id"])["IPAM"]["Config"][0]
    finally:
        client.remove_network(made["Id"])
    return IPv4Network(config["Subnet"])


def _ipam(whole: IPv4Network) -> Any:
    from docker.types import IPAMConfig, IPAMPool

    upper = list(whole.subnets())[1]
    return IPAMConfig(pool_configs=[IPAMPool(subnet=str(whole), iprange=str(upper), gateway=str(whole[1]))])


def free_addresses(
    count: int, within: IPv4Network, *, taken: Collection[str], after: str | None
) -> tuple[str, ...]:
    """So many that no replica of this home has, upwards from `after` and round. Raises `PortError`.

    One given back is thus the last to be given out again: a proxy that is late must not meet a stranger there.
    """
    first = int(within[0]) + RESERVED
    begin = int(ip_address(after)) + 1 if after else first
    begin = begin if first <= begin <= int(within[-1]) else first
    numbers = chain(range(begin, int(within[-1]) + 1), range(first, begin))
    free = (str(IPv4Address(number)) for number in numbers)
    found = [address for address, _ in zip((a for a in free if a not in taken), range(count), strict=False)]
    if len(found) < count:
        raise PortError(
            f"there are no {count} free addresses",
            where=f"the network of this home, {within}",
            why="All of them are in use.",
            fix="Make the network anew with a larger range once nothing runs in it.",
        )
    return tuple(found)
