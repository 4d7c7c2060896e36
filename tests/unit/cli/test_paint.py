"""Colours, signs and widths."""

import io

import pytest

from shipway.cli.render.paint import PLAIN, Paint, clip, filled, table, width
from shipway.cli.shell.screen import Screen
from shipway.cli.shell.terminal import Terminal


class Stream(io.StringIO):
    """A terminal, or a file, with an encoding."""

    def __init__(self, *, is_terminal: bool, encoding: str = "utf-8") -> None:
        super().__init__()
        self.is_terminal, self.given = is_terminal, encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.given

    def isatty(self) -> bool:
        return self.is_terminal


def test_signs_have_a_substitute_of_the_same_width_in_ascii() -> None:
    assert all(len(chr(sign)) == len(str(plain)) == 1 and str(plain).isascii() for sign, plain in PLAIN.items())


def test_a_terminal_without_unicode_gets_ascii() -> None:
    stream = Stream(is_terminal=False, encoding="ascii")
    Terminal(stream, {}).say("✓ 1.8.2 → 1.9.0 … ü")
    assert stream.getvalue() == "+ 1.8.2 > 1.9.0 ~ ?\n"


@pytest.mark.parametrize(
    ("is_terminal", "environment", "has_colour"),
    [
        (True, {"TERM": "xterm"}, True),
        (False, {"TERM": "xterm"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colour_needs_a_terminal_that_wants_it(
    is_terminal: bool, environment: dict[str, str], has_colour: bool
) -> None:
    assert Terminal(Stream(is_terminal=is_terminal), environment).paint.colour is has_colour


def test_no_colour_switches_off_colour_and_keeps_the_live_view() -> None:
    assert Terminal(Stream(is_terminal=True), {"TERM": "xterm", "NO_COLOR": "1"}).is_terminal


def test_clipping_counts_what_is_seen() -> None:
    text = Paint(colour=True).good("✓") + " checkout is live"
    assert width(clip(text, 10)) == 10
    assert clip("short", 10) == "short"


def test_a_sentence_hangs_below_its_first_word() -> None:
    lines = filled("a sentence that is longer than the line is wide", head="why  ", columns=26)
    assert lines == ["why  a sentence that is", "     longer than the line", "     is wide"]


def test_the_last_column_of_a_table_hangs_too() -> None:
    lines = table([["a", "short"], ["bb", "words that do not fit into what is left"]], columns=24)
    assert lines == ["a   short", "bb  words that do not", "    fit into what is", "    left"]


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 10), (20, 3)])
def test_a_screen_draws_no_more_than_the_terminal_holds(
    columns: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", str(rows))
    stream = Stream(is_terminal=True)
    screen = Screen(Terminal(stream, {"TERM": "xterm"}))
    for _ in range(2):
        screen.draw(["x" * 100] * 50)
    drawn = stream.getvalue().split("\x1b[J")[1]
    assert drawn.startswith(f"\x1b[{rows - 1}F")
    assert drawn.count("\n") == rows - 1
    assert (
        max(len(line.replace("\x1b[K", "").partition("F")[2] or line) for line in drawn.split("\n")[1:])
        <= columns + 3
    )
