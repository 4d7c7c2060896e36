"""A Procfile says how a service starts, whatever it is written in."""

import re
import shlex

from shipway.spec.stacks.found import PORT_IN_ENVIRONMENT, Found, Listing, needs_shell

WEB = re.compile(r"^web:\s*(\S.*)$", re.MULTILINE)
WORKER = re.compile(r"^worker:\s*(\S.*)$", re.MULTILINE)
PORT = re.compile(r"\$\{PORT(?::-\d+)?\}|\$PORT\b")


def guess(listing: Listing) -> Found | None:
    """Its `web` line, with the port filled in; without one its `worker` line."""
    found = WEB.search(listing.text("Procfile"))
    if not found:
        return _worker(listing)
    command = PORT.sub("{port}", found[1].strip())
    return Found(
        stack="Procfile",
        command=f"sh -c {shlex.quote(command)}" if needs_shell(command) else command,
        env={} if "{port}" in command else PORT_IN_ENVIRONMENT,
        reasons={"command": "The Procfile has a line `web:`."},
    )


def _worker(listing: Listing) -> Found | None:
    found = WORKER.search(listing.text("Procfile"))
    if not found:
        return None
    command = found[1].strip()
    return Found(
        stack="Procfile",
        kind="worker",
        command=f"sh -c {shlex.quote(command)}" if needs_shell(command) else command,
        reasons={"command": "The Procfile has a line `worker:` and no line `web:`."},
    )
