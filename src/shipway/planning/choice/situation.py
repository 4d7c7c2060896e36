"""What is known when a strategy is chosen. None: not known, and no question is answered by a guess."""

from msgspec import Struct

from shipway.model.risk import Risk

HIGH_TRAFFIC_USERS = 10_000
MANY_SERVICES = 10


class Situation(Struct, frozen=True, kw_only=True):
    """A change, and the service that gets it."""

    is_first: bool = False
    risk: Risk = Risk.LOW
    is_critical: bool = False
    """Whether it touches the schema, authentication or payments."""
    touches: tuple[str, ...] = ()
    is_large: bool = False
    """More than 500 lines."""
    lines: int = 0
    users: int | None = None
    wants_ab: bool = False
    services: int = 1
    wants_instant: bool = False
    """Whether going back must take less than a minute."""
    changes_database: bool = False
    possible: tuple[str, ...] = ("rolling", "blue-green", "canary")
    """What this kind of service on this platform can do."""

    @property
    def is_busy(self) -> bool | None:
        """Whether it has high traffic."""
        return None if self.users is None else self.users > HIGH_TRAFFIC_USERS

    @property
    def is_risky(self) -> bool:
        """Whether it is medium at least, or large."""
        return self.is_large or self.risk > Risk.LOW
