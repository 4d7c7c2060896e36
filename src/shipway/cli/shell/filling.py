"""Shows how far a backfill is: redrawn on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from shipway.cli.shell.terminal import CLEAR_LINE, Terminal

if TYPE_CHECKING:
    from shipway.adapters.databases.journal import Walk

LINE_SECONDS, REDRAW_SECONDS = 10.0, 0.2


class Progress:
    """Takes each batch's state."""

    def __init__(self, screen: Terminal, said: "Callable[[Walk], str]") -> None:
        self.screen, self.said = screen, said
        self.last = time.monotonic()

    def __call__(self, walk: "Walk") -> None:
        """One more batch is done."""
        every = REDRAW_SECONDS if self.screen.is_terminal else LINE_SECONDS
        if not walk.is_done and time.monotonic() - self.last < every:
            return
        self.last = time.monotonic()
        text = f"  {self.said(walk)}"
        if self.screen.is_terminal:
            self.screen.write(f"\r{CLEAR_LINE}{text}" + ("\n" if walk.is_done else ""))
        else:
            self.screen.say(text)
