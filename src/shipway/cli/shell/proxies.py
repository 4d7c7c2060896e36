"""What a release needs of this machine where a proxy that people already have carries its requests.

Each has a module `adapters.traffic.<name>.presence`, with `said`, `served` and `serves`.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType

from msgspec.structs import replace

from shipway.adapters.traffic._sockets import require_free
from shipway.cli.render.findings import Finding
from shipway.cli.shell.encrypting import certificate
from shipway.errors import PortError
from shipway.home import Home
from shipway.model.revision import Revision
from shipway.spec.load import Loaded

ADDRESSES = (("listen",), ("preview",), ("tls", "redirect_from"))
"""Where options say addresses."""


def way_in(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """A finding for each address, the program, and its certificate."""
    yield from _proxy(home, loaded)
    yield from certificate(loaded)


def _proxy(home: Home, loaded: Loaded) -> Iterator[Finding]:
    presence = import_module(f"shipway.adapters.traffic.{loaded.file.traffic.name}.presence")
    options = loaded.file.traffic.options.model_dump(mode="json", exclude_none=True)
    if options.get("socket"):
        yield _steered(loaded, presence, options)
        return
    for keys in ADDRESSES:
        below = options if len(keys) == 1 else options.get(keys[0], {})
        if address := below.get(keys[-1]):
            yield _address(home, loaded, presence, (keys, str(address)))
    try:
        yield Finding(name=loaded.file.traffic.name, is_fine=True, said=presence.said())
    except PortError as error:
        yield Finding.of(loaded.file.traffic.name, error)


def _steered(loaded: Loaded, presence: ModuleType, options: Mapping[str, object]) -> Finding:
    """One that somebody else runs."""
    name = loaded.file.traffic.name
    try:
        return Finding(name=name, is_fine=True, said=presence.steered(options))
    except PortError as error:
        return Finding.of(name, error, where=loaded.where("traffic", name, "socket"))


def _address(home: Home, loaded: Loaded, presence: ModuleType, asked: tuple[tuple[str, ...], str]) -> Finding:
    keys, address = asked
    name, port = keys[-1], int(address.rpartition(":")[2])
    owner = presence.served(home.path).get(port)
    is_own = owner in (None, loaded.file.service)
    try:
        if owner and not is_own:
            raise _anothers(address, owner)
        require_free(address, what=".".join(keys))
    except PortError as error:
        if is_own and presence.serves(home.path, port):
            said = f"{owner} is served there already" if owner else "this home is about to leave it"
            return Finding(name=name, is_fine=True, said=f"{address}: {said}")
        found = Finding.of(name, error, where=loaded.where("traffic", loaded.file.traffic.name, *keys))
        return found if is_own else replace(found, why=f"The service {owner} of this home is served there.")
    return Finding(name=name, is_fine=True, said=f"{address} is free")


def _anothers(address: str, owner: str) -> PortError:
    return PortError(
        f"port {address.rpartition(':')[2]} is the service {owner}'s alone",
        why="Behind this proxy each service has a port of its own.",
        fix="Give one of them another port, or both `traffic: {envoy: …}` with a `host` or a `path`.",
    )
