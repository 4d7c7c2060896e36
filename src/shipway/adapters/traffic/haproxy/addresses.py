"""Where services of one home listen: each on addresses of its own, but for one that leads plain HTTP to TLS."""

from collections.abc import Mapping

from shipway.adapters.traffic._options import split_address
from shipway.adapters.traffic._sockets import require_free
from shipway.adapters.traffic.haproxy.options import HaproxyOptions
from shipway.errors import PortError

REDIRECT = "tls.redirect_from"


def addresses(options: HaproxyOptions) -> dict[str, str]:
    """By address: the key that says it."""
    found = {options.listen: "listen"}
    if options.preview:
        found[options.preview] = "preview"
    if options.tls and options.tls.redirect_from:
        found[options.tls.redirect_from] = REDIRECT
    return found


def require_free_addresses(
    options: HaproxyOptions, *, held: HaproxyOptions | None, others: Mapping[str, HaproxyOptions]
) -> None:
    """Raises `PortError` where another service is, and `AddressTaken` where another program is. `held` is what
    this service listens on already, and has not to be free."""
    own = addresses(held) if held else {}
    for address, what in addresses(options).items():
        beside = {name: other for name, other in sorted(others.items()) if address in addresses(other)}
        for name, other in beside.items():
            if not (what == addresses(other)[address] == REDIRECT):
                raise _taken(address, what, name)
            if split_address(other.listen)[1] != split_address(options.listen)[1]:
                raise _leads_elsewhere(address, name, other)
        if address not in own and not beside:
            require_free(address, what=f"traffic.haproxy.{what}")


def _taken(address: str, what: str, name: str) -> PortError:
    return PortError(
        f"port {split_address(address)[1]} is the service {name}'s alone",
        where=f"traffic.haproxy.{what}: {address}",
        why="Behind HAProxy each service has ports of its own.",
        fix="Give one of them another port, or both `traffic: {envoy: …}` with a `host` or a `path`.",
    )


def _leads_elsewhere(address: str, name: str, other: HaproxyOptions) -> PortError:
    return PortError(
        f"plain HTTP is sent on to port {split_address(other.listen)[1]} already",
        where=f"traffic.haproxy.{REDIRECT}: {address}",
        why=f"The service {name} has it so, and a port leads to one port.",
        fix="Give this service the same `listen` port as that one has, or another `redirect_from`.",
    )
