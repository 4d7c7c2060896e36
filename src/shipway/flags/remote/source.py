"""A flag server as a client's source."""

import json
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path

from shipway.flags.model import FlagFile, Json
from shipway.flags.remote.api import Address, Answered, Api, ServerRefused, named
from shipway.flags.remote.cache import Cache
from shipway.flags.remote.events import Known
from shipway.flags.remote.exposures import Exposures
from shipway.flags.remote.follower import Follower
from shipway.flags.source import Keys, Stamp
from shipway.flags.state import State

WRITTEN_SECONDS = 1.0
"""How long a change of this process waits for coming back; the server has it in any case."""
WAITS = 202
UNKNOWN = "unknown-name"


class ServerSource:
    """Flags of a server: what it says now, what it said last, what was delivered with the program, or none."""

    def __init__(self, address: Address, *, cache: Path | None, tell: Callable[[], None]) -> None:
        found = weakref.WeakMethod(tell)

        def call() -> None:
            told = found()
            if told is not None:
                told()

        self._api = Api(address)
        self._cache = None if cache is None else Cache(cache, address)
        self.follower = Follower(address, self._cache, call)
        self.exposures = Exposures(self._api)

    def begin(self, *, seconds: float, bootstrap: FlagFile | None, is_offline: bool) -> None:
        """Know something, within so many seconds. Without a server, what is next best."""
        self._bootstrap = bootstrap
        kept = self._cache.read() if self._cache is not None else None
        if is_offline:
            self._use(kept)
            return
        self.follower.start()
        if kept is not None or bootstrap is not None:
            self.follower.has_tried.wait(seconds)
        else:
            self.follower.is_known.wait(seconds)
        if not self.follower.is_known.is_set():
            self._use(kept)

    def _use(self, kept: Known | None) -> None:
        if kept is not None:
            self.follower.begin_with(kept)

    @property
    def is_known(self) -> bool:
        """Whether there are flags of this server at all."""
        return self.follower.known is not None

    @property
    def is_stale(self) -> bool:
        """Whether the server cannot be heard."""
        return not self.follower.is_connected

    def stamp(self) -> Stamp | None:
        """Counts what the server has said."""
        return self.follower.count, 0, 0

    def load(self) -> FlagFile:
        """What is known."""
        known = self.follower.known
        if known is not None:
            return known.state.file
        return self._bootstrap if self._bootstrap is not None else State().file

    def write(self, changes: Mapping[Keys, str]) -> None:
        """Tell the server; it tells everybody, this process too. Raises `ServerRefused` and `ServerAway`."""
        bodies: dict[str, dict[str, Json]] = {}
        for (_, flag, *path), text in changes.items():
            _set(bodies.setdefault(flag, {}), path, json.loads(text))
        for flag, body in bodies.items():
            said = self._change(named("/flags", flag), body)
            if said.status == WAITS:
                raise _waits(flag)
            self.follower.wait_for(int(said.content["version"]), WRITTEN_SECONDS)

    def _change(self, path: str, body: Json) -> Answered:
        try:
            return self._api.ask("PATCH", path, body=body)
        except ServerRefused as error:
            if error.code != UNKNOWN:
                raise
            return self._api.ask("PUT", path, body=body)

    def after_fork(self) -> None:
        """In a forked child: follow on from here, and count anew."""
        self.exposures.forget()
        self.follower.after_fork()

    def close(self) -> None:
        """Follow no longer, and tell what was counted."""
        self.follower.close()
        self.exposures.flush()


def _set(body: dict[str, Json], path: list[str], value: Json) -> None:
    for key in path[:-1]:
        body = body.setdefault(key, {})
    body[path[-1]] = value


def _waits(flag: str) -> ServerRefused:
    return ServerRefused(
        "this change waits for a second person",
        where=f"flag {flag}",
        why="Its environment needs approval for what shows a flag to more users.",
        fix="Have it approved: the server lists it under /proposals.",
    )
