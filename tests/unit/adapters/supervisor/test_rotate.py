"""Logs that grow."""

import json
from pathlib import Path

from shipway.adapters.supervisor.rotate import BACKUPS, logs, rotate


def test_a_large_log_is_cut_while_its_program_goes_on_writing(tmp_path: Path) -> None:
    path = tmp_path / "one.log"
    with path.open("ab", buffering=0) as program:
        for number in range(BACKUPS + 2):
            program.write(b"%d " % number * 100)
            assert rotate(str(path), size_max=150)
            assert path.stat().st_size == 0
        program.write(b"goes on")
    assert path.read_bytes() == b"goes on"
    kept = {file.name: file.read_bytes()[:1] for file in tmp_path.glob("one.log.*")}
    assert kept == {"one.log.1": b"4", "one.log.2": b"3", "one.log.3": b"2"}


def test_a_small_or_missing_log_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "one.log"
    assert not rotate(str(path), size_max=10)
    path.write_text("short")
    assert not rotate(str(path), size_max=10)
    assert path.read_text() == "short"


def test_the_logs_of_all_programs_are_known(tmp_path: Path) -> None:
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "one.json").write_text(json.dumps({"log": "/logs/one.log"}))
    (tmp_path / "programs" / ".two.json.1").write_text("half a fi")
    assert logs(str(tmp_path)) == {f"{tmp_path}/launch.log", "/logs/one.log"}
