"""A log that is written into a file: read from where it was left, and begun anew before it is large."""

import os
import signal
from pathlib import Path

import pytest

from shipway.adapters.traffic._access_log import following
from shipway.adapters.traffic._access_log.following import Followed
from shipway.adapters.traffic._access_log.tally import Tally

LINE = "shop 1.9 10.0.0.1:80 200 -- 0.012 0\n"


def counted(tally: Tally) -> int:
    return sum(one.requests for replicas in tally.told("shop").counts.values() for one in replicas.values())


def followed(folder: Path, tally: Tally) -> Followed:
    return Followed(folder / "requests.log", tally, pid_file=folder / "pid")


def test_lines_are_counted_once_when_they_are_whole(tmp_path: Path) -> None:
    tally, log = Tally("one"), tmp_path / "requests.log"
    reader = followed(tmp_path, tally)
    reader.read()
    log.write_text(LINE * 3 + LINE[:10])
    reader.read()
    assert counted(tally) == 3
    with log.open("a") as file:
        file.write(LINE[10:])
    for _ in range(2):
        reader.read()
    assert (counted(tally), tally.unread) == (4, 0)


def test_another_reader_goes_on_where_the_former_one_was(tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    log.write_text(LINE * 3)
    followed(tmp_path, Tally("one")).read()
    with log.open("a") as file:
        file.write(LINE * 2)
    tally = Tally("two")
    followed(tmp_path, tally).read()
    assert counted(tally) == 2


def test_a_file_of_another_time_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    log.write_text(LINE * 3)
    followed(tmp_path, Tally("one")).read()
    other = tmp_path / "other"
    other.write_text(LINE * 4)
    other.rename(log)
    tally = Tally("two")
    followed(tmp_path, tally).read()
    assert counted(tally) == 4


def test_a_large_file_is_begun_anew_and_its_last_lines_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "BYTES_MAX", 100)
    monkeypatch.setattr(following, "FORMER_SECONDS", 0.0)
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: told.append((pid, number)))
    (tmp_path / "pid").write_text("4711\n")
    tally, log = Tally("one"), tmp_path / "requests.log"
    reader = followed(tmp_path, tally)
    log.write_text(LINE * 5)
    reader.read()
    assert told == [(4711, signal.SIGUSR1)] and not log.exists()
    former = tmp_path / "requests.former"
    with former.open("a") as file:
        file.write(LINE)
    log.write_text(LINE * 2)
    reader.read()
    assert counted(tally) == 8
    reader.read()
    assert not former.exists()


def test_a_file_whose_writer_cannot_be_told_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BYTES_MAX", 100)
    tally, log = Tally("one"), tmp_path / "requests.log"
    reader = followed(tmp_path, tally)
    log.write_text(LINE * 5)
    reader.read()
    assert log.exists() and counted(tally) == 5


@pytest.mark.parametrize(
    "line, meant",
    [
        (b"shop\t1.9\ta:1\t200\t--\t0.012\t0", b"shop 1.9 a:1 200 -- 0.012 0"),
        (b"shop\t1.9\ta:1 : b:2\t200\t--\t0.000 : 0.012\t0", b"shop 1.9 b:2 200 -- 0.012 0"),
        (b"shop 1.9 a:1 200 -- 12 0", b"shop 1.9 a:1 200 -- 12 0"),
    ],
)
def test_of_several_attempts_the_last_one_counts(line: bytes, meant: bytes) -> None:
    assert following.last_attempt(line) == meant
