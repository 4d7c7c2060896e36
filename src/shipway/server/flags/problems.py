"""What goes wrong when the flag server is asked, each with its status."""

from shipway.adapters.flag_store.values import Superseded
from shipway.errors import PortError, ShipwayError


class NotAllowed(ShipwayError):
    """No token, or one that may not do this."""

    code = "flag-token"


class Unknown(NotAllowed):
    """Nobody is known."""


class NoSuchEntry(ShipwayError):
    """A flag, an environment or something else that is not there."""

    code = "unknown-name"


class TooLarge(ShipwayError):
    """More bytes than are read."""

    code = "too-large"


def no_token() -> Unknown:
    """No token, or a wrong one."""
    return Unknown(
        "this needs a token",
        where="the header Authorization",
        why="No token was sent, or one that this server does not know.",
        fix="Send `Authorization: Bearer TOKEN`; `shipway flags token` makes one.",
    )


def not_allowed(kind: str, wanted: str, environment: str | None) -> NotAllowed:
    """Somebody is known, and may not."""
    of = f" of {environment}" if environment else ""
    return NotAllowed(
        f"a {kind} token{of} may not do this",
        where="the header Authorization",
        why=f"It takes a token of kind {wanted} for this environment.",
        fix="Take another token; `shipway flags token` makes one.",
    )


def missing(kind: str, name: str) -> NoSuchEntry:
    """What a path names and nothing has."""
    return NoSuchEntry(
        f"there is no {kind} `{name}`",
        where=f"{kind} {name}",
        why="Nothing of this name is in this environment.",
        fix="Look at the list, or make it first.",
    )


def too_large(limit: int) -> TooLarge:
    """A body beyond its limit."""
    why = f"At most {limit} bytes are read."
    return TooLarge("the request is too large", where="the body", why=why, fix="Send less at once.")


def status_of(error: ShipwayError) -> int:
    """The HTTP status that goes with an error."""
    match error:
        case NoSuchEntry():
            return 404
        case TooLarge():
            return 413
        case Superseded():
            return 412
        case PortError():
            return 503
        case Unknown():
            return 401
        case NotAllowed():
            return 403
        case _:
            return 400
