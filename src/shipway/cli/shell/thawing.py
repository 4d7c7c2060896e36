"""Shows how long a freeze lasts, and has SIGTERM end it as Ctrl-C does: the old shape comes back first."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from shipway.cli.render.words import duration
from shipway.cli.shell.terminal import CLEAR_LINE, Terminal

LINE_SECONDS, REDRAW_SECONDS = 60.0, 1.0


class Thawing:
    """Takes the seconds that are left."""

    def __init__(self, screen: Terminal) -> None:
        self.screen, self.last = screen, -LINE_SECONDS

    def __call__(self, left: float) -> None:
        """Several times a second."""
        every = REDRAW_SECONDS if self.screen.is_terminal else LINE_SECONDS
        if time.monotonic() - self.last < every:
            return
        self.last = time.monotonic()
        text = f"  nobody has failed; {duration(left)} left, Ctrl-C gives it back"
        if self.screen.is_terminal:
            self.screen.write(f"\r{CLEAR_LINE}{text}")
        else:
            self.screen.say(text)


@contextmanager
def ending() -> Iterator[None]:
    """SIGTERM is heard as Ctrl-C."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
