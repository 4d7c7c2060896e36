"""What was last asked of this service's data plane, in Envoy's words."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from shipway.adapters.traffic import _asked
from shipway.adapters.traffic._asked import Asked, save
from shipway.adapters.traffic.envoy.options import EnvoyOptions
from shipway.adapters.traffic.envoy.places import Home, Service

__all__ = ["State", "listening_options", "load", "save", "states", "withdrawn"]


class State(Asked, frozen=True, kw_only=True):
    """`state.json`."""

    options: EnvoyOptions
    """As the listeners were made with."""
    is_listening: bool = True
    """False once the service gave its addresses up."""
    clusters: Mapping[str, EnvoyOptions] = {}
    """By name, with the options that it was made with: it is not made again while it works."""


def load(path: Path) -> State | None:
    """The state; none before the first intent."""
    return _asked.load(path, State, product="Envoy")


def states(home: Home) -> Iterator[tuple[Service, State]]:
    """Every service that something was asked for."""
    for directory in sorted(home.services.iterdir()):
        service = Service(home, directory.name)
        if state := load(service.state):
            yield service, state


def listening_options(home: Home) -> dict[str, EnvoyOptions]:
    """Of every service that has an address, by name."""
    if not home.services.is_dir():
        return {}
    return {service.name: state.options for service, state in states(home) if state.is_listening}


def withdrawn(state: State) -> State:
    """The service serves nothing, and listens nowhere; what it was asked last still fences."""
    return State(
        options=state.options,
        route_generation=state.route_generation,
        endpoints_generation=state.endpoints_generation,
        is_listening=False,
    )
