"""What happens between supervisord's start and the program's, without supervisord."""

import os
from pathlib import Path

import pytest

from shipway.adapters.supervisor import launch
from shipway.adapters.supervisor.launch import End
from shipway.adapters.supervisor.launch_files import Run, Spec

LOG = """\
2026-11-23 06:11:02,628 WARN exited: one (exit status 3; not expected)
2026-11-23 06:11:03,633 INFO success: two entered RUNNING state, process has stayed up for > than 1 seconds
2026-11-23 06:11:04,672 WARN exited: one-more (exit status 9; not expected)
2026-11-23 06:11:05,713 WARN exited: one (terminated by SIGSEGV (core dumped); not expected)
2026-11-23 06:11:06,149 WARN stopped: two (terminated by SIGTERM)
"""


@pytest.fixture
def home(tmp_path: Path) -> str:
    (tmp_path / "supervisor" / "runs").mkdir(parents=True)
    (tmp_path / "supervisor" / "supervisord.log").write_text(LOG)
    return str(tmp_path)


def run(**settings: object) -> Run:
    """A former start."""
    values = {"pid": 1, "born": "", "at": 100.0, "starts": 4, "failures": 2, "ended": "", "digest": "d"}
    return Run(**{**values, "pause_until": 0.0, **settings})  # type: ignore[typeddict-item]


def spec(home: str, name: str = "one") -> Spec:
    """A program."""
    return Spec(
        name=name,
        argv=["true"],
        directory="/",
        environment={},
        stop_seconds=1.0,
        home=home,
        log="/dev/null",
        digest="d",
    )


def test_how_a_program_ended_last_is_read_from_the_log(home: str) -> None:
    found = [launch.last_end(home, name) for name in ("one", "two", "three")]
    assert [end and end.how for end in found] == ["terminated by SIGSEGV", "terminated by SIGTERM", None]
    assert [end and end.was_asked for end in found] == [False, True, None]
    assert found[0] is not None and found[0].at % 1 == pytest.approx(0.713)


def ended(at: float, *, was_asked: bool = False) -> End:
    return End(at, "exit status 1", was_asked)


def test_ends_soon_after_a_start_are_counted_and_a_long_life_ends_the_count() -> None:
    assert launch._failures(run(), ended(101.5)) == launch._failures(run(), ended(130.0)) == 3
    assert launch._failures(run(), ended(100.0 + launch.STEADY_SECONDS + 1.0)) == 1


def test_an_end_before_the_last_start_or_one_that_was_asked_for_is_no_failure() -> None:
    assert launch._failures(run(), ended(99.0)) == launch._failures(None, ended(99.0)) == 0
    assert launch._failures(run(), ended(101.0, was_asked=True)) == 0


def test_pauses_double_and_are_bounded() -> None:
    assert [launch.pause_seconds(failures) for failures in range(9)] == [0, 0, 1, 2, 4, 8, 16, 30, 30]
    assert launch.pause_seconds(1000) == launch.PAUSE_SECONDS_MAX


def test_each_start_is_counted(home: str) -> None:
    first = launch._next_run(spec(home, "new"), None)
    assert (first["starts"], first["ended"], first["pid"]) == (1, "", os.getpid())
    assert launch._next_run(spec(home), run())["starts"] == 5


def test_a_program_that_failed_often_pauses_and_tells_until_when(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = launch.last_end(home, "one")
    assert end is not None
    monkeypatch.setattr(launch, "is_supervisord", lambda _: True)
    monkeypatch.setattr(launch.time, "time", lambda: clock[0])
    monkeypatch.setattr(launch.time, "sleep", lambda seconds: clock.insert(0, clock[0] + seconds))
    clock = [end.at + 1.0]
    launch._pause(spec(home), run(at=end.at - 0.5, failures=1), os.getppid())
    assert launch.read_run(home, "one") is None, "what supervisord waited counts"
    former = run(at=end.at - 0.5, failures=3)
    launch._pause(spec(home), former, os.getppid())
    told = launch.read_run(home, "one")
    assert told is not None and told["pause_until"] == end.at + 4.0 and told["pid"] == former["pid"]
    assert end.at + 4.0 <= clock[0] < end.at + 4.2
    launch._pause(Spec(**{**spec(home), "pause_max": 1.0}), former, os.getppid())  # type: ignore[typeddict-item]
    assert launch.read_run(home, "one") == told, "the proxy waits no longer than it is told"


def test_half_a_file_after_a_power_cut_is_no_start(home: str) -> None:
    Path(home, "supervisor", "runs", "one.json").write_text('{"pid": 12')
    assert launch.read_run(home, "one") is None


def test_a_process_is_told_from_a_later_one_with_its_number() -> None:
    mine = run(pid=os.getpid(), born=launch.born(os.getpid()))
    assert launch.is_alive(mine)
    assert not launch.is_alive(run(pid=os.getpid(), born="another start of the machine:1"))
    assert not launch.is_alive(None)


def test_without_its_supervisord_a_launcher_gives_way(home: str) -> None:
    with pytest.raises(SystemExit):
        launch._give_way(os.getppid())
