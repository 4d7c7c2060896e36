"""What may be asked of an engine before anything is changed. All raise `PortError`."""

from collections.abc import Sequence

from shipway.adapters.platforms.docker.engine import engine, telling, unless_gone


def version(address: str) -> str:
    """`Docker 20.10.24`."""
    client = engine(address)
    with telling(address):
        return f"Docker {client.version()['Version']}"


def missing_networks(address: str, names: Sequence[str]) -> tuple[str, ...]:
    """Those that are not there."""
    with telling(address):
        return tuple(name for name in names if not _is_there(address, name))


def _is_there(address: str, network: str) -> bool:
    client = engine(address)
    return unless_gone(lambda: client.inspect_network(network)) is not None


def called(address: str, prefix: str) -> frozenset[str]:
    """Names of containers that begin so, whosever they are: another home's service may be called the same."""
    client = engine(address)
    with telling(address):
        found = client.containers(all=True, filters={"name": f"^/{prefix}"})
    return frozenset(name.removeprefix("/") for one in found for name in one["Names"])
