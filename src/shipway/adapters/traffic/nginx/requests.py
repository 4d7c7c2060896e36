"""How nginx tells of each request: one line to the program that counts (`_access_log/lines.py`)."""

from shipway.adapters.traffic.nginx.places import Home
from shipway.adapters.traffic.nginx.words import block

BUFFER = "buffer=64k flush=100ms"
"""Of each worker: what it writes comes late by so much at most. nginx would drop lines that it cannot send to a
socket at once, so it writes a file."""
VARIABLES = [
    *block(
        "map $upstream_addr $replica",
        ["volatile;", r'"~([^ ,]+)\z" $1;', "default -;"],
    ),
    *block(
        "map $upstream_response_time $answered_in",
        ["volatile;", r'"~([0-9.]+)\z" $1;', "default -1;"],
    ),
    *block("map $status $ended", ["volatile;", "499 CD;", "default --;"]),
]
"""Of the last attempt: the replica, and seconds until its answer was whole. Who gave up before has status 499."""


def log_format(name: str, revision: str) -> str:
    """The format of a service's requests, or of another kind that is counted as one."""
    return f"log_format {name} '{name} {revision or '-'} $replica $status $ended $answered_in 0';"


def log(home: Home, name: str, *, when: str = "") -> str:
    """The line of a server that has its requests counted; `when` is a variable that is empty for the others."""
    only = f" if={when}" if when else ""
    return f'access_log "{home.requests}" {name} {BUFFER}{only};'


def copiable(service: str) -> str:
    """How users' requests that may be copied are counted, beside all."""
    return f"{service}|copiable"


def copies(service: str) -> str:
    """How copies are counted."""
    return f"{service}|copies"
