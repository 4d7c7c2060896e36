"""Which lines are meant, and how they look."""

import time
from datetime import datetime

import pytest

from shipway.cli.render import logs
from shipway.cli.render.paint import Paint, width
from shipway.cli.shell.commands import WrongWords
from shipway.cli.shell.log_arguments import TAIL, Of, Which, instant, query
from shipway.model.log import LogLine
from shipway.model.revision import RevisionId

NOW = datetime(2026, 5, 9, 14, 3, 22).timestamp()
OLD, NEW = RevisionId("1.9.0-aaaaaaaa"), RevisionId("1.10.0-bbbbbbbb")
LINES = (
    LogLine(NOW - 3.875, OLD, "shop-1.9.0-aaaaaaaa-g3-1", "listening"),
    LogLine(NOW - 1.0, NEW, "shop-1.10.0-bbbbbbbb-prepare-g7", "installed"),
    LogLine(NOW, NEW, "shop-1.10.0-bbbbbbbb-g12-10", "ERROR: no ledger"),
)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("10m", NOW - 600),
        ("14:03", NOW - 22),
        ("9:30", datetime(2026, 5, 9, 9, 30).timestamp()),
        ("14:03:21", NOW - 1),
        ("23:00", datetime(2026, 5, 8, 23, 0).timestamp()),
        ("2026-05-01", datetime(2026, 5, 1).timestamp()),
        ("2026-05-09T12:00:00+00:00", 1778328000.0),
    ],
)
def test_a_time_is_how_long_ago_one_of_the_last_day_or_a_date(text: str, at: float) -> None:
    assert instant(text, "--since", now=NOW) == at


@pytest.mark.parametrize(
    "which", [Which(since="soon"), Which(until="25:00"), Which(grep="("), Which(tail=-1), Which(since="10")]
)
def test_what_cannot_be_meant_is_told(which: Which) -> None:
    with pytest.raises(WrongWords) as caught:
        query(Of(), which, revision=None, follow=False, now=NOW)
    assert caught.value.where and caught.value.fix


def test_the_last_lines_are_shown_unless_something_says_which() -> None:
    def tail(**words: object) -> int | None:
        return query(Of(), Which(**words), revision=None, follow=False, now=NOW).tail  # type: ignore[arg-type]

    assert tail() == TAIL and tail(since="10m") is None and tail(grep="x") is None
    assert tail(tail=5) == tail(since="10m", tail=5) == 5


def test_lines_have_time_version_and_replica_in_columns() -> None:
    rendered = logs.Rendered({OLD: "1.9.0", NEW: "1.10.0"}, Paint(), now=NOW)
    rendered.lines(LINES)
    assert rendered.lines(LINES) == [
        "14:03:18.125 1.9.0  g3-1       listening",
        "14:03:21.000 1.10.0 prepare-g7 installed",
        "14:03:22.000 1.10.0 g12-10     ERROR: no ledger",
    ]
    assert rendered.lines([LogLine(NOW - 86_400, OLD, "r", "old")])[0].startswith("2026-05-08 14:03:22.000")


def test_versions_differ_in_colour_and_colour_changes_no_width() -> None:
    plain, coloured = (logs.Rendered({}, Paint(colour=on), now=NOW).lines(LINES) for on in (False, True))
    assert [width(line) for line in coloured] == [len(line) for line in plain]
    codes = [line.split("\x1b[")[3].partition("m")[0] for line in coloured]
    assert codes[0] != codes[1] == codes[2]


def test_json_has_the_time_in_utc_and_the_whole_names() -> None:
    (line,) = logs.json_lines(LINES[:1])
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(NOW - 3.875))
    assert f'"at": "{at}.125Z"' in line and '"revision": "1.9.0-aaaaaaaa"' in line and '"version": "1.9.0"' in line
