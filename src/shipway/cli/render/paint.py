"""Colours, signs and widths."""

import re
from textwrap import wrap

WIDTH = 80
LEAST = 12
"""Columns in which the last cell of a row may hang; in fewer it is better cut off."""
APART = ("36", "35", "33", "34", "32")
"""Cyan, magenta, yellow, blue, green."""
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
PLAIN = str.maketrans({"✓": "+", "✗": "x", "…": "~", "→": ">", "▸": ">", "·": "-", "–": "-", "—": "-", "│": "|"})
"""One column for one column, so that tables stay straight where a terminal knows only ASCII."""


class Paint:
    """Marks words for the eye; without colour it changes nothing."""

    def __init__(self, *, colour: bool = False) -> None:
        self.colour = colour

    def good(self, text: str) -> str:
        """Green."""
        return self._in("32", text)

    def bad(self, text: str) -> str:
        """Red."""
        return self._in("31", text)

    def warn(self, text: str) -> str:
        """Yellow."""
        return self._in("33", text)

    def strong(self, text: str) -> str:
        """Bold."""
        return self._in("1", text)

    def faint(self, text: str) -> str:
        """Dim: for what is read only when looked for."""
        return self._in("2", text)

    def press(self, text: str) -> str:
        """Cyan: what can be typed."""
        return self._in("36", text)

    def apart(self, number: int, text: str) -> str:
        """A colour for each number, to tell versions apart; the first few differ."""
        return self._in(APART[number % len(APART)], text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text


def width(text: str) -> int:
    """Columns that the text takes."""
    return len(ESCAPES.sub("", text))


def pad(text: str, columns: int) -> str:
    """Filled with spaces on the right."""
    return text + " " * (columns - width(text))


def clip(text: str, columns: int) -> str:
    """At most so many columns; what is cut off is shown by `…`."""
    if width(text) <= columns:
        return text
    kept, left = "", columns - 1
    for part in re.split(rf"({ESCAPES.pattern})", text):
        if ESCAPES.fullmatch(part):
            kept += part
        else:
            kept += part[:left]
            left -= len(part[:left])
    return f"{kept}…"


def filled(text: str, *, head: str = "", columns: int = WIDTH, least: int = 20) -> list[str]:
    """A sentence in lines after a head; the following lines hang below the first word."""
    indent = width(head)
    found = wrap(text, max(least, columns - indent), break_long_words=False, break_on_hyphens=False) or [""]
    return [f"{head}{found[0]}".rstrip(), *(" " * indent + line for line in found[1:])]


def table(rows: list[list[str]], *, gap: int = 2, columns: int = WIDTH) -> list[str]:
    """Columns as wide as their widest cell; the last one hangs where it does not fit."""
    return [line for lines in by_row(rows, gap=gap, columns=columns) for line in lines]


def by_row(rows: list[list[str]], *, gap: int = 2, columns: int = WIDTH) -> list[list[str]]:
    """The lines of a table, apart for each row: one, or more where its last cell hangs."""
    count = max(len(row) for row in rows)
    wide = [max((width(row[at]) for row in rows if at < len(row)), default=0) for at in range(count)]
    lines: list[list[str]] = []
    for row in rows:
        head = "".join(pad(cell, wide[at] + gap) for at, cell in enumerate(row[:-1]))
        last = row[-1] if len(row) == count else pad(row[-1], wide[len(row) - 1])
        room = columns - width(head)
        fits = width(last) <= room or room < LEAST or width(last) != len(last)
        hangs = [] if fits else filled(last, head=head, columns=columns, least=LEAST)
        lines.append(hangs or [f"{head}{last}".rstrip()])
    return lines
