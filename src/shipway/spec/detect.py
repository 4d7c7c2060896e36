"""Looks at a folder and guesses how its application is started. Each guess comes with its reason.

`look` reads, `detect` decides. What cannot be told stays none, to be asked.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from shipway.spec.stacks import go, node, procfile, python, ruby
from shipway.spec.stacks.found import Found, Listing
from shipway.spec.stacks.naming import service_name

STACKS = (procfile.guess, python.guess, node.guess, go.guess, ruby.guess)
"""In this order: what says outright how it starts comes first."""
TELLING = (
    *("pyproject.toml", "requirements.txt", "package.json", "go.mod", "Gemfile", "Procfile", "Dockerfile"),
    *(".py", ".js", ".mjs", ".ts", ".go", ".rb", ".ru"),
)
SKIPPED = {"node_modules", "vendor", "__pycache__", "tests", "test", "venv"}
ENTRIES_MAX = 2000
DEPTH_MAX = 3
BYTES_MAX = 100_000

NOTHING = "Neither a Procfile nor the files of a Python, Node, Go or Ruby project tell it."
EXPOSED = re.compile(r"^\s*EXPOSE\s+(\d{2,5})", re.MULTILINE | re.IGNORECASE)
READY = ("/health/ready", "/readyz", "/ready", "/healthz", "/health", "/up", "/ping")
ALIVE = ("/health/alive", "/livez", "/live", "/healthz", "/health", "/up", "/ping")
PORT_LOWEST = 1024


def look(folder: Path) -> Listing:
    """The folder's listing, three levels deep, and the start of files that could tell something."""
    found = dict(_entries(folder))
    return Listing(
        name=folder.absolute().name,
        paths=frozenset(found),
        contents={name: _start(path) for name, path in found.items() if name.endswith(TELLING) and path.is_file()},
    )


def _entries(folder: Path) -> Iterator[tuple[str, Path]]:
    left = ENTRIES_MAX
    for parent, folders, names in os.walk(folder):
        here = Path(parent)
        depth = len(here.relative_to(folder).parts)
        for name in sorted((*folders, *names))[:left]:
            left -= 1
            yield (here / name).relative_to(folder).as_posix(), here / name
        folders[:] = sorted(name for name in folders if _is_followed(name)) if depth + 1 < DEPTH_MAX else []


def _is_followed(name: str) -> bool:
    return not name.startswith(".") and name not in SKIPPED


def _start(path: Path) -> str:
    """A file that cannot be read tells nothing; that is no reason to refuse to guess from the others."""
    try:
        with path.open("rb") as file:
            return file.read(BYTES_MAX).decode("utf-8", errors="replace")
    except OSError:
        return ""


def detect(listing: Listing) -> Found:
    """The first stack that knows its command; without one, the first that recognises itself."""
    guesses = [found for guess in STACKS if (found := guess(listing))]
    started = next((found for found in guesses if found.command), None)
    found = started or (guesses[0] if guesses else Found(reasons={"command": NOTHING}))
    return _with_strategy(_with_health(_with_port(_with_name(found, guesses, listing), listing), listing))


def _with_name(found: Found, guesses: list[Found], listing: Listing) -> Found:
    named = next((guess for guess in guesses if guess.service and service_name(guess.service)), None)
    if named and named.service:
        return _because(
            found, f"The {named.stack} project is called {named.service}.", service=service_name(named.service)
        )
    return _because(found, f"The folder is called {listing.name}.", service=service_name(listing.name))


def _with_port(found: Found, listing: Listing) -> Found:
    exposed = EXPOSED.search(listing.text("Dockerfile"))
    if exposed and PORT_LOWEST <= int(exposed[1]) <= 65535:
        return _because(found, f"The Dockerfile exposes {exposed[1]}.", port=int(exposed[1]))
    return found


def _with_health(found: Found, listing: Listing) -> Found:
    ready, alive = _path(listing, READY), _path(listing, ALIVE)
    if ready:
        found = _because(found, f"{ready[1]} mentions {ready[0]}.", ready=ready[0])
    if alive:
        found = _because(found, f"{alive[1]} mentions {alive[0]}.", alive=alive[0])
    return found


def _path(listing: Listing, paths: tuple[str, ...]) -> tuple[str, str] | None:
    """The first path that code names in quotes, and where."""
    sources = list(listing.ending(".py", ".js", ".mjs", ".ts", ".go", ".rb"))
    for path in paths:
        for file, text in sources:
            if re.search(rf"""["'`](?:GET )?{path}/?["'`]""", text):
                return path, file
    return None


def _with_strategy(found: Found) -> Found:
    return _because(found, "It needs the fewest replicas and no numbers of yours.", strategy="rolling")


def _because(found: Found, reason: str, **guessed: object) -> Found:
    reasons = {**found.reasons, **dict.fromkeys(guessed, reason)}
    return replace(found, **guessed, reasons=reasons)  # type: ignore[arg-type]
