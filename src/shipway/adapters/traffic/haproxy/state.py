"""What was last asked of this service's data plane, in HAProxy's words.

HAProxy cannot make a backend while it runs, so each service has a few, called slots, and a revision is given one.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.traffic import _asked
from shipway.adapters.traffic._asked import Asked, save
from shipway.adapters.traffic.haproxy.options import HaproxyOptions
from shipway.adapters.traffic.haproxy.places import Home, Service
from shipway.model.revision import RevisionId
from shipway.model.route import Route

__all__ = ["State", "listening", "load", "save", "states", "with_slots", "withdrawn"]

SLOTS_MIN = 4
"""A release has two revisions, or three while one is taken back; one more may still finish its requests."""


class State(Asked, frozen=True, kw_only=True):
    """`state.json`."""

    options: HaproxyOptions
    """As the frontends were made with."""
    is_listening: bool = True
    """False once the service gave its addresses up."""
    slots: Mapping[str, RevisionId] = {}
    """Which revision has which backend."""
    unanswered_before: Mapping[str, Mapping[str, int]] = {}
    """By slot and process: requests without an answer that were counted before the revision had the slot."""
    slots_max: int = SLOTS_MIN
    """How many backends there are."""
    names: tuple[tuple[str, str], ...] = ()
    """Headers and cookies that rules ever looked at, as kind and name: a new one is a new line of the frame."""
    applied: tuple[int, int] = (0, 0)
    """Generations of route and endpoints that HAProxy was seen to run: what differs after that, others changed."""

    @property
    def asked_for(self) -> tuple[int, int]:
        """Generations of what was asked."""
        return self.route_generation, self.endpoints_generation

    def slot_of(self, revision: RevisionId) -> str:
        """The revision's backend."""
        return next(slot for slot, held in self.slots.items() if held == revision)


def load(path: Path) -> State | None:
    """The state; none before the first intent."""
    return _asked.load(path, State, product="HAProxy")


def states(home: Home) -> Iterator[tuple[Service, State]]:
    """Every service that something was asked for."""
    if home.services.is_dir():
        for directory in sorted(home.services.iterdir()):
            service = Service(home, directory.name)
            if state := load(service.state):
                yield service, state


def listening(home: Home) -> dict[str, State]:
    """Every service that has an address, by name."""
    return {service.name: state for service, state in states(home) if state.is_listening}


def withdrawn(state: State) -> State:
    """The service serves nothing, and listens nowhere; what it was asked last still fences."""
    return State(
        options=state.options,
        route_generation=state.route_generation,
        endpoints_generation=state.endpoints_generation,
        is_listening=False,
    )


def needed(state: State) -> frozenset[RevisionId]:
    """Revisions that the route names or that have replicas."""
    route = state.route
    named = {*route.shares, *(rule.revision for rule in route.users)}
    previewed = {route.preview} if route.preview else set()
    return frozenset({*named, *previewed, *(endpoint.revision for endpoint in state.endpoints)})


def with_slots(state: State) -> State:
    """With a backend for each revision that needs one, and every header and cookie that is looked at."""
    slots = dict(state.slots)
    free = (str(number) for number in range(1, 1 << 20) if str(number) not in state.slots)
    for revision in sorted(needed(state) - set(slots.values())):
        slots[next(free)] = revision
    looked_at = [name for name in _names(state.route) if name not in state.names]
    most = max(state.slots_max, *map(int, slots), SLOTS_MIN) if slots else state.slots_max
    return replace(state, slots=slots, slots_max=most, names=(*state.names, *dict.fromkeys(looked_at)))


def _names(route: Route) -> Iterator[tuple[str, str]]:
    for rule in route.users:
        yield rule.kind, rule.name
    if route.sticky:
        yield f"sticky {route.sticky.kind}", route.sticky.name
