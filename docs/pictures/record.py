"""Records the picture in the README: `python docs/pictures/record.py` (about a minute, on Linux).

It plays the demo's shop under load in a folder of its own, deploys a version that fails half of its requests, and
keeps what `shipway deploy` draws on a terminal of 80 columns. Nothing is typed in by hand; only the names of
this user and machine are replaced.
"""

import asyncio
import fcntl
import os
import pty
import re
import socket
import struct
import sys
import tempfile
import termios
from collections.abc import AsyncIterator
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from shipway.demo.load import Load
from shipway.demo.stage import Stage

STABLE, BAD = "1.9.0", "1.10.0"
RATE = 300.0
COLUMNS, ROWS = 80, 60
READ_BYTES = 65_536
COMMAND_SECONDS = 120.0
PICTURE = Path(__file__).parent / "take-back.svg"
CONTROL = re.compile(r"\x1b\[(\d*)([FJK])")
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
CONFIRMED = "confirmed back"
OUTCOME = "was taken back"


class Paper:
    """The few cursor movements that `shipway` uses, on lines that keep their colours."""

    def __init__(self) -> None:
        self.lines: list[str] = [""]
        self._row = 0

    def write(self, text: str) -> None:
        """Print, move and clear, as a terminal does."""
        position = 0
        for found in CONTROL.finditer(text):
            self._print(text[position : found.start()])
            self._move(int(found[1] or 0), found[2])
            position = found.end()
        self._print(text[position:])

    def _print(self, text: str) -> None:
        first, *others = text.replace("\r", "").split("\n")
        self.lines[self._row] += first
        for line in others:
            self._row += 1
            if self._row == len(self.lines):
                self.lines.append("")
            self.lines[self._row] += line

    def _move(self, count: int, what: str) -> None:
        if what == "F":
            self._row = max(0, self._row - count)
        elif what == "K":
            self.lines[self._row] = ""
        else:
            del self.lines[self._row + 1 :]
            self.lines[self._row] = ""


async def record() -> tuple[list[str], list[str]]:
    """The screen when the guard had turned back, and what was said at the end."""
    with tempfile.TemporaryDirectory(prefix="shipway-picture-") as folder:
        stage = Stage(Path(folder))
        stage.prepare()
        try:
            await stage.run("deploy", STABLE)
            load = Load("127.0.0.1", stage.listen, rate=RATE)
            load.start()
            await asyncio.sleep(3.0)
            output = await asyncio.wait_for(_output(stage, "deploy", BAD), COMMAND_SECONDS)
            await load.stop()
        finally:
            await stage.strike()
    return _moments(output)


async def _output(stage: Stage, *words: str) -> list[str]:
    """What a command draws on a terminal, piece by piece."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {**stage.environment, "TERM": "xterm-256color", "TZ": "UTC", "LOGNAME": "you"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "shipway", *words, cwd=stage.folder, env=environment,
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    try:
        return [text async for text in _pieces(ours)]
    finally:
        os.close(ours)
        await process.wait()


async def _pieces(descriptor: int) -> AsyncIterator[str]:
    """Until the command has closed its end; Linux says so by an error."""
    while True:
        try:
            read = await asyncio.to_thread(os.read, descriptor, READ_BYTES)
        except OSError:
            return
        yield read.decode("utf-8", errors="replace")


def _moments(output: list[str]) -> tuple[list[str], list[str]]:
    """What was on the screen when the guard had turned back and traffic was confirmed, and what was said last."""
    paper, turned = Paper(), []
    for text in output:
        paper.write(text)
        if not turned and any(CONFIRMED in line for line in paper.lines):
            turned = list(paper.lines)
    return turned[: _at(turned, CONFIRMED) + 1], paper.lines[_at(paper.lines, OUTCOME) :]


def _at(lines: list[str], words: str) -> int:
    """The line that says so. Raises `StopIteration` where none does: then the recording went wrong."""
    return next(number for number, line in enumerate(lines) if words in line)


def draw(lines: list[str]) -> str:
    """The lines as a picture of a terminal, without fonts from elsewhere."""
    with open(os.devnull, "w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="standard")
        console.print(Text.from_ansi("\n".join(lines).replace(f"@{socket.gethostname()}", "@laptop")))
    svg = console.export_svg(title="shipway", theme=DIMMED_MONOKAI, unique_id="shipway")
    return FONT_FACE.sub("", svg).replace("Fira Code", "ui-monospace, Menlo, DejaVu Sans Mono")


def main() -> None:
    """Record, and write the picture."""
    turned, last = asyncio.run(record())
    prompt = f"\x1b[32m$\x1b[0m shipway deploy {BAD}"
    PICTURE.write_text(draw([prompt, *turned, "", *last]), encoding="utf-8")
    print(f"{PICTURE} is written")


if __name__ == "__main__":
    main()
