"""Whether Envoy can listen where a release file says, and whether another service of this home is there."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.traffic._sockets import require_free
from shipway.adapters.traffic.envoy.build import options_of
from shipway.adapters.traffic.envoy.listening import listening, serves
from shipway.adapters.traffic.envoy.options import EnvoyOptions
from shipway.adapters.traffic.envoy.places import Home as Places
from shipway.adapters.traffic.envoy.sharing import is_shared, require_no_conflict
from shipway.adapters.traffic.envoy.state import listening_options
from shipway.cli.render.findings import Finding
from shipway.errors import PortError
from shipway.home import Home
from shipway.spec.load import Loaded
from shipway.wishing import options_of_traffic

SHARED_ADDRESS, REDIRECT = "at", "redirect"
"""Listeners that are no single service's are called so."""


def addresses(home: Home, loaded: Loaded) -> Iterator[Finding]:
    """A finding for each address that Envoy will listen on: free, or listened on for this service already."""
    options = options_of(options_of_traffic(loaded), health={})
    others = _others(home.path, loaded.file.service)
    owners = _owners(home.path, loaded.file.service, options, others)
    yield _shared(loaded, options, others) or _address(home, loaded, "listen", options.listen, owners)
    if options.preview:
        yield _address(home, loaded, "preview", options.preview, owners)
    if options.tls and options.tls.redirect_from:
        found = _address(home, loaded, "tls.redirect_from", options.tls.redirect_from, owners)
        yield replace(found, name="redirect")


def _others(home: Path, service: str) -> dict[str, EnvoyOptions]:
    return {name: options for name, options in listening_options(Places(home)).items() if name != service}


def _owners(home: Path, service: str, options: EnvoyOptions, others: Mapping[str, EnvoyOptions]) -> dict[int, str]:
    """By port. An address that services share is this one's too, unless this one wants it alone."""
    shared = {} if is_shared(options) else {_port(other.listen): name for name, other in others.items()}
    named = {SHARED_ADDRESS: shared, REDIRECT: {}}
    return {
        port: named[name].get(port, service) if name in named else name for port, name in listening(home).items()
    }


def _shared(loaded: Loaded, options: EnvoyOptions, others: Mapping[str, EnvoyOptions]) -> Finding | None:
    """Nothing to say where no other service has the address."""
    beside = [name for name, other in sorted(others.items()) if other.listen == options.listen]
    if not beside:
        return None
    try:
        require_no_conflict(loaded.file.service, options, others)
    except PortError as error:
        return Finding.of("listen", error, where=loaded.where("traffic", "envoy", "listen"))
    return Finding(name="listen", is_fine=True, said=f"{options.listen} is shared with {', '.join(beside)}")


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])


def _address(home: Home, loaded: Loaded, what: str, address: str, owners: Mapping[int, str]) -> Finding:
    port = _port(address)
    owner = owners.get(port)
    try:
        require_free(address, what=what)
    except PortError as error:
        if owner in (None, loaded.file.service) and serves(home.path, port):
            said = f"{owner} is served there already" if owner else "Envoy of this home is about to leave it"
            return Finding(name=what, is_fine=True, said=f"{address}: {said}")
        found = Finding.of(what, error, where=loaded.where("traffic", "envoy", *what.split(".")))
        taken = owner not in (None, loaded.file.service)
        return replace(found, why=f"The service {owner} of this home is served there.") if taken else found
    return Finding(name=what, is_fine=True, said=f"{address} is free")
