"""What the four dimensions and the health of a service were seen to be. A source that did not answer is none."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.model.fleet import Fleet
from shipway.model.job import JobsSeen
from shipway.model.phase import Phase
from shipway.model.routing import Routing
from shipway.model.share import Share


class Exposure(Struct, frozen=True, kw_only=True):
    """Flags as their service confirmed them."""

    at: float
    shares: Mapping[str, Share] = {}
    generations: Mapping[str, int] = {}
    by: Mapping[str, str] = {}
    """By flag: who changed it last, where that was somebody else, as words: `killed by ana`."""


class SchemaState(Struct, frozen=True, kw_only=True):
    """Phases that the database has fully reached."""

    at: float
    phases: Mapping[str, Phase] = {}
    generations: Mapping[str, int] = {}
    """By change: the newest generation accepted, whether or not it is done."""


class Observed(Struct, frozen=True, kw_only=True):
    """One look at the world. Nothing is decided on a dimension that is none."""

    at: float
    fleet: Fleet | None = None
    routing: Routing | None = None
    exposure: Exposure | None = None
    schema: SchemaState | None = None
    jobs: JobsSeen | None = None
    unreachable: Mapping[str, str] = {}
    """By port: what it said, for those that did not answer."""
