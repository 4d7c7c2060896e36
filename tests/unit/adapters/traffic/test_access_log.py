"""What the lines of a proxy's log come to, and the program that counts them."""

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from shipway.adapters.traffic._access_log.lines import Ended, Unread, ended
from shipway.adapters.traffic._access_log.source import AccessLog
from shipway.adapters.traffic._access_log.tally import Tally
from shipway.adapters.traffic._buckets import BOUNDS_MILLISECONDS
from shipway.errors import PortError

LINE = "shop 1.9 10.0.0.1:80 {}"
DEADLINE_SECONDS = 30.0


@pytest.mark.parametrize(
    "rest, is_error, milliseconds",
    [
        ("200 -- 12 0", False, 12),
        ("200 -- 12 5", False, 7),
        ("404 -- 0 0", False, 0),
        ("500 -- 3 0", True, 3),
        ("502 SH 3 0", True, 3),
        ("200 SD 3 0", True, 3),
        ("504 sH 3000 0", True, 3000),
        ("-1 SH -1 -1", True, None),
        ("101 SD 60000 0", False, None),
        ("101 CD 60000 0", False, None),
        ("200 -- 0.012 0", False, 12),
        ("200 -- 1.5 0.000", False, 1500),
        ("503 -- - 0", True, None),
    ],
)
def test_a_line_tells_how_a_request_ended(rest: str, is_error: bool, milliseconds: int | None) -> None:
    assert ended(LINE.format(rest)) == Ended("shop", "1.9", "10.0.0.1:80", is_error, milliseconds)


@pytest.mark.parametrize("line", [LINE.format("200 CD 12 0"), LINE.format("-1 CR -1 -1"), "shop - -:- 503 PR 0 0"])
def test_what_no_revision_is_answerable_for_is_not_counted(line: str) -> None:
    assert ended(line) is None


@pytest.mark.parametrize("line", ["", "3 events dropped", LINE.format("200 -- x 0"), LINE.format("200 -- 12")])
def test_a_line_that_is_none_is_told(line: str) -> None:
    with pytest.raises(Unread):
        ended(line)
    tally = Tally("me")
    tally.take([line.encode()])
    assert (tally.told("shop").unread, tally.told("shop").counts) == (1, {})


def test_lines_add_up_by_revision_and_replica_and_by_upper_bound() -> None:
    tally = Tally("me")
    tally.take([LINE.format("200 -- 9 0").encode()] * 3 + [LINE.format("500 -- 10 0").encode()])
    tally.take([b"other 1.9 10.0.0.1:80 200 -- 1 0"])
    counted = tally.told("shop").counts["1.9"]["10.0.0.1:80"]
    assert (counted.requests, counted.errors, counted.timed, counted.seconds) == (4, 1, 4, 0.037)
    below = dict(zip(BOUNDS_MILLISECONDS, counted.buckets, strict=True))
    assert (below[9], below[10], below[11], below[60_000]) == (0, 3, 4, 4)


@contextmanager
def counting(folder: Path, way: str):
    """The program, with the sockets that it was given."""
    log, answers = folder / "log.sock", folder / "counts.sock"
    words = [sys.executable, "-m", "shipway.adapters.traffic._access_log", way, str(log), str(answers)]
    with subprocess.Popen(words) as program:
        try:
            deadline = time.monotonic() + DEADLINE_SECONDS
            while not answers.exists():
                assert time.monotonic() < deadline and program.poll() is None
                time.sleep(0.02)
            yield log, AccessLog(product="HAProxy", socket=answers, service="shop")
        finally:
            program.terminate()


def requests(log: AccessLog, wanted: int) -> int:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        told = log.told()
        found = sum(one.requests for by_replica in told.counts.values() for one in by_replica.values())
        if found >= wanted or time.monotonic() > deadline:
            return found
        time.sleep(0.02)


def test_a_stream_is_counted_whole_lines_at_a_time(tmp_path: Path) -> None:
    with counting(tmp_path, "stream") as (path, log), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sender:
        sender.connect(str(path))
        text = (LINE.format("200 -- 9 0") + "\n").encode() * 1000
        for part in (text[:777], text[777:20_000], text[20_000:]):
            sender.sendall(part)
        assert requests(log, 1000) == 1000
        assert log.told().unread == 0
    assert not path.exists() and not log.socket.exists(), "names of sockets are left"


def test_a_program_that_is_away_is_told_in_four_lines(tmp_path: Path) -> None:
    with pytest.raises(PortError, match="nobody counts what HAProxy logs") as told:
        AccessLog(product="HAProxy", socket=tmp_path / "none.sock", service="shop").told()
    assert told.value.where and told.value.why and told.value.fix


def test_a_client_that_gave_up_behind_nginx_is_nobodys_error() -> None:
    assert ended(LINE.format("499 -- 0.100 0")) is None
