"""Logs that grow: when, and how far."""

import json
import os
from pathlib import Path

import pytest

from shipway.adapters.supervisor import log_keeper
from shipway.adapters.supervisor.log_keeper import (
    BACKUPS,
    BUSY_SECONDS,
    LOOK_SECONDS,
    POINT,
    Keeper,
    Log,
    logs,
    rotate,
)


def written(path: Path, text: str, *, at: float) -> None:
    """As a program appends it at that time."""
    with path.open("a") as file:
        file.write(text)
    os.utime(path, (at, at))


def points(path: Path) -> list[tuple[float, int]]:
    return [(at, length) for at, length in POINT.iter_unpack(Path(f"{path}.times").read_bytes())]


class TestTimes:
    def test_are_those_of_the_look_before_and_of_the_last_write(self, tmp_path: Path) -> None:
        path = tmp_path / "one.log"
        log = Log(str(path))
        log.look(100.0)
        written(path, "one\n", at=160.125)
        log.look(160.25)
        log.look(160.5)
        written(path, "two\nthree\n", at=160.625)
        log.look(160.75)
        assert points(path) == [(100.0, 0), (160.125, 4), (160.5, 4), (160.625, 14)]

    def test_go_on_with_another_keeper(self, tmp_path: Path) -> None:
        path = tmp_path / "one.log"
        written(path, "one\n", at=50.0)
        Log(str(path)).look(60.0)
        written(path, "two\n", at=70.0)
        Log(str(path)).look(80.0)
        assert points(path) == [(50.0, 4), (70.0, 8)]

    def test_begin_anew_where_somebody_else_cut_the_log(self, tmp_path: Path) -> None:
        path = tmp_path / "one.log"
        written(path, "a long line\n", at=50.0)
        log = Log(str(path))
        log.look(60.0)
        path.write_text("")
        written(path, "new\n", at=65.0)
        log.look(70.0)
        assert points(path) == [(60.0, 0), (65.0, 4)]

    def test_survive_a_keeper_that_died_within_a_write(self, tmp_path: Path) -> None:
        path = tmp_path / "one.log"
        written(path, "one\n", at=50.0)
        Log(str(path)).look(60.0)
        with Path(f"{path}.times").open("ab") as file:
            file.write(b"half a")
        written(path, "two\n", at=70.0)
        Log(str(path)).look(80.0)
        assert points(path) == [(50.0, 4), (70.0, 8)]

    def test_become_coarser_before_they_are_too_many(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(log_keeper, "TIMES_MAX_BYTES", 20 * POINT.size)
        path = tmp_path / "one.log"
        log = Log(str(path))
        for number in range(200):
            written(path, "x", at=1000.0 + number)
            log.look(1000.0 + number)
            assert len(points(path)) <= 24
        kept = points(path)
        assert kept[-1] == (1199.0, 200) and kept == sorted(kept)


class TestRotation:
    def test_cuts_a_large_log_while_its_program_goes_on_writing(self, tmp_path: Path) -> None:
        path = tmp_path / "one.log"
        log = Log(str(path))
        with path.open("ab", buffering=0) as program:
            for number in range(BACKUPS + 2):
                program.write(b"%d " % number * 100)
                assert rotate(log, size_max=150)
                assert path.stat().st_size == 0
            program.write(b"goes on")
        assert path.read_bytes() == b"goes on"
        kept = {file.name: file.read_bytes()[:1] for file in tmp_path.glob("one.log.?")}
        assert kept == {"one.log.1": b"4", "one.log.2": b"3", "one.log.3": b"2"}

    def test_takes_the_times_along(self, tmp_path: Path) -> None:
        path = tmp_path / "one.log"
        log = Log(str(path))
        for number in range(3):
            written(path, f"{number}" * 200, at=1000.0 + number)
            log.look(1000.5 + number)
            assert rotate(log, size_max=150)
        assert [points(tmp_path / f"one.log.{number}")[-1] for number in (1, 2, 3)] == [
            (1002.0, 200),
            (1001.0, 200),
            (1000.0, 200),
        ]
        assert not Path(f"{path}.times").exists()

    def test_leaves_a_small_or_missing_log_alone(self, tmp_path: Path) -> None:
        log = Log(str(tmp_path / "one.log"))
        assert not rotate(log, size_max=10)
        (tmp_path / "one.log").write_text("short")
        assert not rotate(log, size_max=10)
        assert (tmp_path / "one.log").read_text() == "short"


def test_the_logs_of_all_programs_are_known(tmp_path: Path) -> None:
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "one.json").write_text(json.dumps({"log": "/logs/one.log"}))
    (tmp_path / "programs" / ".two.json.1").write_text("half a fi")
    assert logs(str(tmp_path)) == {f"{tmp_path}/launch.log", "/logs/one.log"}


def test_a_log_is_looked_at_often_while_it_grows_and_a_last_time_when_its_program_is_gone(tmp_path: Path) -> None:
    (tmp_path / "programs").mkdir()
    log, program = tmp_path / "one.log", tmp_path / "programs" / "one.json"
    program.write_text(json.dumps({"log": str(log)}))
    keeper = Keeper(str(tmp_path))
    keeper.look(100.0)
    assert keeper.pause == LOOK_SECONDS
    written(log, "one\n", at=100.125)
    keeper.look(100.25)
    assert keeper.pause == BUSY_SECONDS
    written(log, "last words\n", at=100.375)
    program.unlink()
    keeper.look(100.375)
    assert points(log)[-1] == (100.375, 15)
    assert keeper.pause == LOOK_SECONDS
