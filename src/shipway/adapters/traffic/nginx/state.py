"""What was last asked of this service's data plane, with the words of nginx."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.traffic import _asked
from shipway.adapters.traffic._asked import Asked, save
from shipway.adapters.traffic.nginx.options import NginxOptions
from shipway.adapters.traffic.nginx.places import Home, Service
from shipway.errors import PortError
from shipway.model.route import Route

__all__ = ["State", "load", "ports_of", "require_alone", "save", "states", "withdrawn"]


class State(Asked, frozen=True, kw_only=True):
    """`state.json`."""

    options: NginxOptions
    is_listening: bool = True
    """False once the service gave its addresses up."""


def load(path: Path) -> State | None:
    """The state; none before the first intent."""
    return _asked.load(path, State, product="nginx")


def states(home: Home) -> Iterator[tuple[str, State]]:
    """Every service that has an address, by name."""
    if not home.services.is_dir():
        return
    for directory in sorted(home.services.iterdir()):
        state = load(Service(home, directory.name).state)
        if state and state.is_listening:
            yield directory.name, state


def withdrawn(state: State) -> State:
    """The service serves nothing, and listens nowhere; what it was asked last still fences."""
    return replace(state, route=Route(), endpoints=(), order=(), is_listening=False)


def require_alone(service: str, options: NginxOptions, others: Mapping[str, State]) -> None:
    """Raises `PortError` where another service listens on one of these ports."""
    for name, other in others.items():
        if name == service:
            continue
        both = _redirects(options) & _redirects(other.options)
        taken = (_ports(other.options) | _redirects(other.options)) & (
            _ports(options) | _redirects(options)
        ) - both
        if taken:
            raise PortError(
                f"port {min(taken)} is the service {name}'s alone",
                where=f"traffic.nginx.listen: {options.listen}",
                why="Behind nginx each service has ports of its own.",
                fix="Give this service another port, or both `traffic: envoy`, where services can share one.",
            )
        if both:
            raise PortError(
                f"plain HTTP is sent on to port {_port(other.options.listen)} already",
                where=f"traffic.nginx.tls.redirect_from: {min(both)}",
                why=f"The service {name} has it so, and a port leads to one port.",
                fix="Give this service another `redirect_from`, or none.",
            )


def ports_of(services: Mapping[str, State]) -> frozenset[int]:
    """All on which one of these services is served."""
    return frozenset(port for state in services.values() for port in _ports(state.options))


def _ports(options: NginxOptions) -> set[int]:
    return {_port(address) for address in (options.listen, options.preview) if address}


def _redirects(options: NginxOptions) -> set[int]:
    return {_port(options.tls.redirect_from)} if options.tls and options.tls.redirect_from else set()


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])
