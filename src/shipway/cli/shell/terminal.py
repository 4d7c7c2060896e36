"""Where output goes, and what that place can show."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from shipway.cli.render.paint import PLAIN, Paint

CLEAR_LINE = "\x1b[K"


class Terminal:
    """One output stream. Colours need a terminal and no `NO_COLOR` (no-color.org)."""

    def __init__(self, stream: TextIO, environment: Mapping[str, str] = os.environ) -> None:
        self.stream = stream
        self.is_terminal = stream.isatty() and environment.get("TERM") != "dumb"
        self.paint = Paint(colour=self.is_terminal and not environment.get("NO_COLOR"))
        self.knows_signs = (stream.encoding or "").lower().replace("-", "") == "utf8"

    def say(self, *lines: str) -> None:
        """Print lines."""
        self.write("".join(f"{line}\n" for line in lines))

    def all(self, lines: Iterable[str]) -> None:
        """Print lines."""
        self.say(*lines)

    def write(self, text: str) -> None:
        """Print at once; signs become ASCII where the stream cannot show them."""
        if not self.knows_signs:
            encoding = self.stream.encoding or "ascii"
            text = text.translate(PLAIN).encode(encoding, errors="replace").decode(encoding)
        self.stream.write(text)
        self.stream.flush()

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Says on a terminal what is being waited for; the words go when it is over."""
        if self.is_terminal:
            self.write(f"{self.paint.faint(f'… {what}')}\r")
        try:
            yield
        finally:
            if self.is_terminal:
                self.write(CLEAR_LINE)


def out() -> Terminal:
    """Standard output."""
    return Terminal(sys.stdout)


def err() -> Terminal:
    """Standard error."""
    return Terminal(sys.stderr)
