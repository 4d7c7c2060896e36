"""Networks and volumes of a Compose file that are missing: made as Compose would make them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shipway.adapters.platforms.docker.engine import telling
from shipway.adapters.replicas.container import Container
from shipway.adapters.supervisor import durable

if TYPE_CHECKING:
    from docker import APIClient

LOCK = ".surroundings.lock"


def completed(client: "APIClient", container: Container, home: Path) -> None:
    """What is there is left as it is. Raises `PortError`.

    An engine that is asked twice at once makes two networks of one name, and then takes neither: so one asks at a
    time, and looks again afterwards, for Compose may have asked too.
    """
    if not (container.made_networks or container.made_volumes):
        return
    with durable.locked(durable.directory(home / "services") / LOCK):
        for name, how in container.made_networks.items():
            with telling(client.base_url, f"the network {name}"):
                if not _called(client, name):
                    _network(client, name, how)
        for name, how in container.made_volumes.items():
            with telling(client.base_url, f"the volume {name}"):
                # Asked for a volume that is there, the engine gives that one.
                client.create_volume(name, **dict(how))


def _called(client: "APIClient", name: str) -> list[dict[str, Any]]:
    """The oldest first."""
    found = [network for network in client.networks(names=[name]) if network["Name"] == name]
    return sorted(found, key=lambda network: str(network["Created"]))


def _network(client: "APIClient", name: str, how: Mapping[str, Any]) -> None:
    from docker.types import IPAMConfig, IPAMPool

    told = {key: value for key, value in how.items() if key != "pools"}
    pools = [
        IPAMPool(pool.get("subnet"), pool.get("ip_range"), pool.get("gateway"), pool.get("aux_addresses"))
        for pool in how.get("pools", ())
    ]
    made = client.create_network(name, ipam=IPAMConfig(pool_configs=pools) if pools else None, **told)
    if _called(client, name)[0]["Id"] != made["Id"]:
        client.remove_network(made["Id"])
