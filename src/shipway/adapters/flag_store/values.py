"""What a flag server's store gives and takes."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from shipway.errors import PortError
from shipway.flags.model import Json
from shipway.flags.state import Change, State

Kind = Literal["admin", "server", "client"]
Key = tuple[str, str]
"""The kind and the name of an entry."""


class Superseded(PortError):
    """Somebody else has changed the environment in between; nothing was written."""

    code = "flag-changed"


class Author(Struct, frozen=True, kw_only=True):
    """Who changes something, when and why."""

    by: str
    at: float
    why: str = ""


class Environment(Struct, frozen=True, kw_only=True):
    """Flags that belong together, such as `production`."""

    name: str
    revision: int
    needs_approval: bool
    """Whether what shows a flag to more users waits for a second person."""


class Loaded(Struct, frozen=True, kw_only=True):
    """All of an environment at one revision."""

    environment: Environment
    state: State
    versions: Mapping[Key, int]
    """The revision in which each entry was changed last."""


class Changed(Struct, frozen=True, kw_only=True):
    """One line of the audit trail."""

    environment: str
    revision: int
    kind: str
    name: str
    at: float
    by: str
    why: str
    before: Json
    after: Json


class Token(Struct, frozen=True, kw_only=True):
    """What a bearer of a token may do; the token itself is kept nowhere."""

    id: str
    name: str
    kind: Kind
    environment: str | None
    """None: all of them."""
    at: float
    by: str
    revoked_at: float | None = None


class Proposal(Struct, frozen=True, kw_only=True):
    """Changes that wait for a second person."""

    id: str
    environment: str
    at: float
    by: str
    why: str
    changes: tuple[Change, ...]
    versions: tuple[int, ...]
    """Of the entries when it was proposed; 0 for what was not there."""
    state: Literal["open", "applied", "rejected"] = "open"
    decided_at: float | None = None
    decided_by: str | None = None


class Webhook(Struct, frozen=True, kw_only=True):
    """An address that is told of every change of an environment."""

    id: str
    environment: str
    url: str
    secret: str
    at: float
    by: str


class Told(Struct, frozen=True, kw_only=True):
    """How often a flag was answered how, since a program told last."""

    flag: str
    variant: str
    """The variant, or `on` or `off` where there is none."""
    count: int
    registers: bytes | None = None
    """The users that got it (`shipway.flags.distinct`); none where they are not told apart."""


class Exposure(Struct, frozen=True, kw_only=True):
    """How often a flag was answered how, and to about how many different users."""

    flag: str
    variant: str
    count: int
    users: int | None = None
    """None: nobody has told them apart."""


class Retention(Struct, frozen=True, kw_only=True):
    """For how long a store keeps what nobody decides on any more."""

    changes_seconds: float = 400 * 86_400.0
    """Lines of the audit trail, closed proposals, revoked tokens."""
    changes_max: int = 100_000
    """Lines of the audit trail in one environment: the oldest go first."""
    exposures_seconds: float = 90 * 86_400.0
