"""What `shipway eject` hands back, and to whom."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from shipway.cli.render.paint import Paint, filled, pad
from shipway.cli.render.words import plural

LABEL = 10


class Ejection(Struct, frozen=True, kw_only=True):
    """One service, as it is when it is handed back."""

    service: str
    version: str
    platform: str
    replicas: tuple[str, ...]
    """Each with its address, where it has one."""
    proxy: str = ""
    """Where it listens; empty where nothing carries requests."""
    way_in: str = ""
    """What becomes of the user's own object that carries requests, in a sentence."""
    proxy_process: int | None = None
    """The number of the process that was started."""
    flags: Mapping[str, str] = {}
    """What each is shown to."""
    schema: Mapping[str, str] = {}
    """By change, its phase."""
    folder: str
    files: tuple[str, ...] = ()
    """Relative to the folder."""
    is_done: bool = False
    was_quiet: bool = True
    """Whether the former proxy had finished all requests when it was ended."""


KEEPERS = {
    "docker": "Docker keeps them: unless-stopped. Labels of Shipway stay on them, and mean nothing.",
    "kubernetes": "The cluster keeps them: the deployment stays, without Shipway's notes.",
    "swarm": "The Swarm keeps them: `docker service ls`.",
    "process": "Units of systemd and a Procfile start others in their place.",
}
GONE = "the guard and take-backs, liveness probes, collected output"


def lines(found: Ejection, paint: Paint) -> list[str]:
    """For eighty columns."""
    head = f"{found.service} {found.version}"
    if found.is_done:
        title = f"{paint.good('✓')} {head} is handed back. Nothing of Shipway runs for it."
    elif found.files:
        title = f"{paint.good('✓')} {head} is written down. It runs on as before, until you go over."
    else:
        title = f"{head} would be handed back so; nothing was done yet."
    return [title, "", *_parts(found, paint), "", *_end(found)]


def _parts(found: Ejection, paint: Paint) -> Iterator[str]:
    for label, said in (
        ("replicas", f"{plural(len(found.replicas), 'replica')}. {KEEPERS[found.platform]}"),
        *(("", replica) for replica in found.replicas),
        *([("proxy", _proxy(found))] if found.proxy else []),
        *([("traffic", found.way_in)] if found.way_in else []),
        *((("flags" if not at else ""), said) for at, said in enumerate(_pairs(found.flags))),
        *((("schema" if not at else ""), said) for at, said in enumerate(_pairs(found.schema))),
        ("files", f"{found.folder}: {', '.join(found.files)}" if found.files else found.folder),
        ("ends", GONE),
    ):
        yield from filled(said, head=f"{paint.faint(pad(label, LABEL))}")


def _proxy(found: Ejection) -> str:
    said = f"Envoy on {found.proxy}, by {found.folder}/proxy/run"
    return f"{said}, process {found.proxy_process}" if found.proxy_process else said


def _pairs(told: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{name}: {value}" for name, value in told.items())


def _end(found: Ejection) -> Iterator[str]:
    if not found.files:
        yield f"`shipway eject {found.service} --yes` does it."
        return
    if not found.was_quiet:
        yield "Requests that took too long were cut when the former proxy was ended."
    yield f"{found.folder}/README.md says how each part is run from now on."
