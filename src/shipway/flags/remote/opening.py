"""From what a program says about a server to a source that knows something."""

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shipway.flags.model import FlagFile, Json
from shipway.flags.remote.api import Address
from shipway.flags.remote.cache import usual_folder
from shipway.flags.remote.source import ServerSource

TOKEN = "SHIPWAY_FLAGS_TOKEN"
START_SECONDS = 5.0
USUAL = ""
log = logging.getLogger("shipway.flags")

Bootstrap = str | os.PathLike[str] | Mapping[str, Json] | None
Folder = str | os.PathLike[str] | None


@dataclass(frozen=True, kw_only=True)
class Opening:
    """How a server is followed."""

    token: str | None = None
    """None: SHIPWAY_FLAGS_TOKEN."""
    environment: str | None = None
    start_seconds: float = START_SECONDS
    cache: Folder = USUAL
    """The folder for what the server said last; empty for the usual one, none for no such file."""
    bootstrap: Bootstrap = None
    is_offline: bool = False


def server_source(url: str, opening: Opening, tell: Callable[[], None]) -> ServerSource:
    """A source that is not begun. Raises `ServerRefused` where the address cannot be one."""
    token = opening.token if opening.token is not None else os.environ.get(TOKEN, "")
    address = Address(url=url, token=token.strip(), environment=opening.environment)
    _ = address.parts
    return ServerSource(address, cache=_folder(opening.cache), tell=tell)


def begin(source: ServerSource, opening: Opening) -> None:
    """Know something, within bounded time. Raises `InputErrors` where the bootstrap is wrong."""
    bootstrap = _bootstrap(opening.bootstrap)
    source.begin(seconds=opening.start_seconds, bootstrap=bootstrap, is_offline=opening.is_offline)
    if not source.is_known and bootstrap is None:
        log.error("nothing is known of any flag yet: every question has its default until the flag server answers")


def _folder(cache: Folder) -> Path | None:
    if cache is None:
        return None
    return usual_folder() if cache == USUAL else Path(cache)


def _bootstrap(given: Bootstrap) -> FlagFile | None:
    if given is None:
        return None
    if isinstance(given, Mapping):
        from shipway.flags.state import state_of

        return state_of(given).file
    from shipway.flags.load import load

    return load(Path(given))
