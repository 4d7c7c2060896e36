"""What was last asked of this service's data plane. It fences: an older intent changes nothing, in any process."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic.envoy.options import EnvoyOptions
from shipway.adapters.traffic.envoy.places import Home, Service
from shipway.errors import PortError, StaleGeneration
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route


class State(Struct, frozen=True, kw_only=True):
    """`state.json`."""

    options: EnvoyOptions
    """As the listeners were made with."""
    route: Route = Route()
    route_generation: int = 0
    endpoints: tuple[Endpoint, ...] = ()
    endpoints_generation: int = 0
    order: tuple[RevisionId, ...] = ()
    """Newest revision first: as it grows, the users it has stay with it."""
    is_listening: bool = True
    """False once the service gave its addresses up."""
    clusters: Mapping[str, EnvoyOptions] = {}
    """By name, with the options that it was made with: it is not made again while it works."""


def load(path: Path) -> State | None:
    """The state; none before the first intent."""
    content = durable.read(path)
    if content is None:
        return None
    try:
        return msgspec.json.decode(content, type=State)
    except msgspec.DecodeError as error:
        raise PortError(
            "what was last asked of Envoy cannot be read",
            where=str(path),
            why=f"Its content is broken: {error}.",
            fix="Remove the file; the next route and list of replicas are then taken as the first.",
        ) from error


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


def save(path: Path, state: State) -> None:
    """Keep it, surviving a power cut."""
    durable.replace(path, msgspec.json.encode(state))


def withdrawn(state: State) -> State:
    """The service serves nothing, and listens nowhere; what it was asked last still fences."""
    return State(
        options=state.options,
        route_generation=state.route_generation,
        endpoints_generation=state.endpoints_generation,
        is_listening=False,
    )


def fence(key: str, *, newest: int, generation: int) -> None:
    """Raises `StaleGeneration` for an intent older than the newest one."""
    if generation < newest:
        raise StaleGeneration(
            f"{key}: generation {generation} is older than {newest}",
            why="Another controller has changed it since.",
        )


def ordered(order: tuple[RevisionId, ...], route: Route) -> tuple[RevisionId, ...]:
    """Those known keep their places; new ones come first."""
    new = sorted(revision for revision in route.shares if revision not in order)
    return (*new, *(revision for revision in order if revision in route.shares))
