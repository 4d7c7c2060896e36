"""A line of the log, one per request that ended:

    checkout 1.9.0-7f3a91c2 127.0.0.1:20001 200 -- 12 0

Service, revision, replica, status, how it ended, how long it took, and how much of that was spent on waiting
for the client's own words. Times are whole milliseconds, or seconds with a point: `0.012`. The first letter of
how it ended is HAProxy's (docs.haproxy.org, "Session state at disconnection"): `C` or `c` for a client that
gave up, `S` or `s` for a replica that broke off or was silent, anything else for a request that ran to its end.
"""

from msgspec import Struct

FIELDS = 7
NOBODY = "-"
"""The revision of a request that no version was asked about: nothing is deployed, or it was no HTTP."""
UNTIMED = -1
"""No time was taken: no replica was asked."""
CLIENT, SERVER = frozenset("Cc"), frozenset("Ss")
SWITCHED = 101
"""An upgraded connection lasts as long as its user likes, and is not timed."""
GAVE_UP = 499
"""nginx's word for a client that did (nginx.org, ngx_http_request.h)."""
SERVER_ERROR = 500


class Ended(Struct, frozen=True):
    """One request."""

    service: str
    revision: str
    replica: str
    """`host:port`."""
    is_error: bool
    milliseconds: int | None
    """Rounded down; none for what is not timed."""


class Unread(ValueError):
    """The line is none of these."""


def ended(line: str) -> Ended | None:
    """What the line tells; none for what no revision is answerable for. Raises `Unread`."""
    parts = line.split(" ")
    if len(parts) != FIELDS:
        raise Unread(line)
    service, revision, replica, status, end, whole, own = parts
    code = int(status) if status.isdigit() else 0
    gave_up = code == GAVE_UP or (end[:1] in CLIENT and code != SWITCHED)
    if revision == NOBODY or gave_up:
        return None
    broke = end[:1] in SERVER and code != SWITCHED
    return Ended(service, revision, replica, broke or not 0 < code < SERVER_ERROR, _took(code, whole, own))


def _took(code: int, whole: str, own: str) -> int | None:
    try:
        milliseconds = _milliseconds(whole) - max(0, _milliseconds(own))
    except ValueError as error:
        raise Unread(whole) from error
    return max(0, milliseconds) if 0 < code != SWITCHED and _milliseconds(whole) >= 0 else None


def _milliseconds(text: str) -> int:
    if text == NOBODY:
        return UNTIMED
    seconds, point, rest = text.partition(".")
    return int(seconds) * 1000 + int(rest[:3].ljust(3, "0")) if point else int(text)
