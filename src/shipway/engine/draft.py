"""What a tick has learned and wants so far, before it is written."""

from collections.abc import Iterable

from shipway.engine.fold import fold
from shipway.engine.state import ServiceState
from shipway.engine.world import World
from shipway.engine.world_of import world_of
from shipway.model.event import Entry, Event
from shipway.model.observed import Observed


class Draft:
    """Events not yet in the journal, and the state and world as they will make them."""

    def __init__(self, state: ServiceState, observed: Observed, *, now: float) -> None:
        self.state, self.observed, self.now = state, observed, now
        self.events: list[Event] = []
        self.world: World = world_of(state, observed)

    def add(self, more: Iterable[Event]) -> None:
        """Go on from what these events say; without any, nothing is worked out again."""
        new = tuple(more)
        if not new:
            return
        entries = (Entry(self.state.position + n, self.now, event) for n, event in enumerate(new, start=1))
        self.events.extend(new)
        self.state = fold(self.state, entries)
        self.world = world_of(self.state, self.observed)
