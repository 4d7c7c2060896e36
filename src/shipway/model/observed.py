"""What the four dimensions and the health of a service were seen to be. A source that did not answer is none."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.model.fleet import Fleet
from shipway.model.job import JobsSeen
from shipway.model.phase import Phase
from shipway.model.routing import Routing
from shipway.model.share import Share
from shipway.model.wait import Wait


class Exposure(Struct, frozen=True, kw_only=True):
    """Flags as their service confirmed them."""

    at: float
    shares: Mapping[str, Share] = {}
    generations: Mapping[str, int] = {}
    by: Mapping[str, str] = {}
    """By flag: who changed it last, where that was somebody else, as words: `killed by ana`."""
    killed: frozenset[str] = frozenset()
    """Flags that somebody killed: no share brings them back."""


class Filling(Struct, frozen=True, kw_only=True):
    """How far the backfills of a change are. The total is an estimate; seconds are those spent so far."""

    walked: int
    total: int
    seconds: float


class SchemaState(Struct, frozen=True, kw_only=True):
    """Phases that the database has fully reached."""

    at: float
    phases: Mapping[str, Phase] = {}
    generations: Mapping[str, int] = {}
    """By change: the newest generation accepted, whether or not it is done."""
    filling: Mapping[str, Filling] = {}
    """By change: of those whose rows are being filled."""
    paused: Mapping[str, Wait] = {}
    """By change: of those whose rows are filled, why that waits just now."""
    said: Mapping[str, str] = {}
    """By change: why its job does not get on, or what is not known of it."""


class Observed(Struct, frozen=True, kw_only=True):
    """One look at the world. Nothing is decided on a dimension that is none."""

    at: float
    fleet: Fleet | None = None
    routing: Routing | None = None
    exposure: Exposure | None = None
    schema: SchemaState | None = None
    needed_by: Mapping[str, tuple[str, ...]] = {}
    """By schema change that is to be contracted: who still needs the old shape, or may, a sentence each."""
    jobs: JobsSeen | None = None
    unreachable: Mapping[str, str] = {}
    """By port: what it said, for those that did not answer."""
