"""How nginx tells of each request: one line to the program that counts (`_access_log/lines.py`)."""

from shipway.adapters.traffic.nginx.places import Home

BUFFER = "buffer=64k flush=100ms"
"""Of each worker: what it writes comes late by so much at most. nginx would drop lines that it cannot send to a
socket at once, so it writes a file."""
FIELDS = ("$upstream_addr", "$status", "--", "$upstream_response_time", "0")
"""The first and the fourth tell of every attempt; the last one counts (`_access_log/following.py`)."""


def log_format(name: str, revision: str) -> str:
    """The format of a service's requests, or of another kind that is counted as one."""
    fields = r"\t".join((name, revision or "-", *FIELDS))
    return f'log_format {name} "{fields}";'


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
