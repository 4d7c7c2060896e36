"""Shows a run as it goes: redrawn in place on a terminal, one line per event otherwise."""

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from shipway.adapters.stores.glance import Glance
from shipway.cli.render import as_json, outcome, service
from shipway.cli.render.events import sentence
from shipway.cli.render.paint import filled
from shipway.cli.render.words import clock
from shipway.cli.shell.following import Followed, after, exit_of
from shipway.cli.shell.reading import look
from shipway.cli.shell.screen import Screen
from shipway.cli.shell.services import seen
from shipway.cli.shell.terminal import Terminal, out
from shipway.errors import Exit
from shipway.home import Home
from shipway.model.event import Compacted, Entry, Failed

LOOK_SECONDS = 0.2
TAKE_BACK_SECONDS = 60.0
"""How long a take-back that somebody asked for is watched; it goes on afterwards all the same."""


class Watcher:
    """One run on one output."""

    def __init__(self, home: Home, name: str, followed: Followed, *, wait: str, as_json: bool = False) -> None:
        self.home, self.name, self.followed, self.wait, self.as_json = home, name, followed, wait, as_json
        self.terminal: Terminal = out()
        self.is_attended = self.terminal.is_terminal and not as_json
        self._screen = Screen(self.terminal) if self.is_attended else None
        self._tells = not self._screen and followed.take_back is None
        self._position = followed.run or followed.since
        self._failures: set[str] = set()

    async def watch(self, stopped: asyncio.Event) -> Exit:
        """Until what is waited for is so, or somebody stops watching."""
        found = look(self.home.store)
        assert found is not None, "a command was put into this store"
        deadline = time.monotonic() + TAKE_BACK_SECONDS if self.followed.take_back is not None else float("inf")
        with found as store:
            while not stopped.is_set():
                code = self._look(store)
                if code is None and time.monotonic() > deadline:
                    code = Exit.HELD
                if code is not None:
                    self._close(code)
                    return code
                await _pause(stopped)
        self._left()
        return Exit.INTERRUPTED

    def _look(self, store: Glance) -> Exit | None:
        for entry in store.entries(self.name, after=self._position):
            self._position = entry.position
            before = self.followed
            self.followed = after(before, entry)
            if self.followed.run is not None and entry.position >= self.followed.run and not before.outcome:
                self._tell(entry)
        if self._screen:
            self._draw(self._screen)
        return exit_of(self.followed, wait=self.wait, is_attended=self.is_attended)

    def _draw(self, screen: Screen) -> None:
        view = seen(self.home, self.name)
        if view is not None and view.position >= (self.followed.run or 0):
            now = time.time()
            screen.draw(service.lines(view, self.terminal.paint, now=now))

    def _tell(self, entry: Entry) -> None:
        if isinstance(entry.event, Compacted):
            return
        if self.as_json and self.followed.take_back is None:
            self.terminal.say(as_json.line(entry))
        elif self._tells and (said := self._said(entry)):
            self.terminal.all(filled(said, head=f"{clock(entry.at)}  "))

    def _said(self, entry: Entry) -> str:
        """Nothing for an effect that fails as it did before."""
        said = sentence(entry.event, self.followed.plan)
        if isinstance(entry.event, Failed):
            if said in self._failures:
                return ""
            self._failures.add(said)
        return said

    def _close(self, code: Exit) -> None:
        if self.as_json:
            self.terminal.say(as_json.line({"exit": int(code), **as_json.plain(self.followed)}))
        else:
            gap = [""] if self._tells or self._screen else []
            self.terminal.all([*gap, *outcome.lines(self.followed, code, self.terminal.paint)])

    def _left(self) -> None:
        if not self.as_json:
            self.terminal.all(["", *outcome.left(self.followed, self.terminal.paint)])


async def _pause(stopped: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stopped.wait(), timeout=LOOK_SECONDS)
    except TimeoutError:
        return


@contextmanager
def stopping() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C and SIGTERM set, in place of what they do otherwise."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
