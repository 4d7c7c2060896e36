"""Redraws a few lines in place. Needs a terminal; survives one that is narrow, low or resized."""

import shutil

from shipway.cli.render.paint import WIDTH, clip
from shipway.cli.shell.terminal import CLEAR_LINE, Terminal

CLEAR_BELOW = "\x1b[J"


class Screen:
    """Remembers how many lines it drew last."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._drawn = 0

    def draw(self, lines: list[str]) -> None:
        """Replace what was drawn before."""
        columns, rows = shutil.get_terminal_size()
        shown = [clip(line, min(WIDTH, columns)) for line in lines][: max(1, rows - 1)]
        up = f"\x1b[{min(self._drawn, rows - 1)}F" if self._drawn else ""
        body = "".join(f"{CLEAR_LINE}{line}\n" for line in shown)
        self.terminal.write(f"{up}{body}{CLEAR_BELOW}")
        self._drawn = len(shown)

    def leave(self) -> None:
        """What is drawn stays; the next line comes below it."""
        self._drawn = 0
