"""A real flag server and those who follow it: killed, restarted, silent, forked."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from real.flag_stand import FlagServer, flag_server
from shipway.flags import FeatureFlags

pytestmark = pytest.mark.real
PLENTY_SECONDS = 90.0


def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PLENTY_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FlagServer]:
    with flag_server(tmp_path / "home") as made:
        yield made


@pytest.fixture
def flags(server: FlagServer, tmp_path: Path) -> Iterator[FeatureFlags]:
    made = FeatureFlags(server.url, token=server.token("shop", "server"), cache=tmp_path / "cache")
    yield made
    made.close()


def test_flags_are_there_when_the_call_returns_and_changes_come_by_themselves(
    server: FlagServer, tmp_path: Path
) -> None:
    server.put("a", {"value": 1})
    flags = FeatureFlags(server.url, token=server.token("shop", "server"), cache=tmp_path)
    assert flags.value("a", 0) == 1 and not flags.is_stale
    server.put("a", {"value": 2})
    eventually(lambda: flags.value("a", 0) == 2, "the change comes")
    server.ask("DELETE", "/flags/a")
    eventually(lambda: flags.value("a", 0) == 0, "the flag goes")
    flags.close()


def test_the_client_changes_flags_with_an_administrators_token(server: FlagServer) -> None:
    flags = FeatureFlags(server.url, token=server.admin, cache=None)
    flags.enable_for_percentage("new", 25)
    assert server.ask("GET", "/flags/new")[2]["flag"] == {"enabled": True, "rollout": {"percentage": 25}}
    eventually(lambda: flags.explain("new", user_id=1).reason == "rollout", "what was written comes back")
    flags.kill("new")
    eventually(lambda: flags.explain("new", user_id=1).reason == "kill", "what was written comes back")
    flags.close()


def test_a_server_that_is_killed_changes_no_answer_and_is_followed_again(
    server: FlagServer, flags: FeatureFlags
) -> None:
    server.put("half", {"rollout": {"percentage": 50}})
    eventually(lambda: flags.explain("half", user_id=1).reason == "rollout", "the flag comes")
    expected = [flags.is_enabled("half", user_id=user) for user in range(200)]
    wrong: list[object] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            try:
                found = [flags.is_enabled("half", user_id=user) for user in range(200)]
            except Exception as error:  # noqa: BLE001 - that there is none is what is tested
                found = [error]  # type: ignore[list-item]
            if found != expected:
                wrong.append(found)

    asking = threading.Thread(target=ask)
    asking.start()
    for _ in range(2):
        server.kill()
        eventually(lambda: flags.is_stale, "its end is noticed")
        server.start()
        eventually(lambda: not flags.is_stale, "it is followed again")
    ended.set()
    asking.join()
    assert wrong == []
    server.put("half", {"value": "later"})
    eventually(lambda: flags.value("half", "") == "later", "changes come again")


def test_every_change_that_was_answered_outlives_a_kill(server: FlagServer) -> None:
    for number in range(20):
        server.put("a", {"value": number})
    server.kill()
    server.start()
    assert server.ask("GET", "/flags/a")[2] == {"name": "a", "version": 20, "flag": {"value": 19}}
    assert len(server.ask("GET", "/audit")[2]) == 20


def test_a_start_while_the_server_is_away_has_what_was_said_last(server: FlagServer, tmp_path: Path) -> None:
    server.put("a", {"value": "kept"})
    token = server.token("shop", "server")
    FeatureFlags(server.url, token=token, cache=tmp_path / "cache").close()
    server.kill()
    flags = FeatureFlags(server.url, token=token, cache=tmp_path / "cache")
    assert flags.value("a", "") == "kept" and flags.is_stale
    server.start()
    server.put("a", {"value": "new"})
    eventually(lambda: flags.value("a", "") == "new", "it follows as soon as there is something to follow")
    flags.close()


def test_a_server_that_falls_silent_delays_no_start_and_no_answer(server: FlagServer, tmp_path: Path) -> None:
    server.put("a", {"value": 1})
    token = server.token("shop", "server")
    first = FeatureFlags(server.url, token=token, cache=tmp_path / "cache")
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    assert first.value("a", 0) == 1
    second = FeatureFlags(server.url, token=token, cache=tmp_path / "cache", start_seconds=0.5)
    assert second.value("a", 0) == 1
    server.process.send_signal(signal.SIGCONT)
    server.put("a", {"value": 2})
    for flags in (first, second):
        eventually(lambda flags=flags: flags.value("a", 0) == 2, "updates go on")  # type: ignore[misc]
        flags.close()


def test_another_store_behind_the_same_address_is_taken_whole(server: FlagServer, flags: FeatureFlags) -> None:
    for number in range(5):
        server.put("old", {"value": number})
    eventually(lambda: flags.value("old", 0) == 4, "the flag comes")
    server.kill()
    for path in server.home.glob("flags.db*"):
        path.unlink()
    token = server.admin
    server.start()
    assert server.admin != token
    assert flags.value("old", 0) == 4  # its token is unknown to the new store: what it knew stays


def test_a_forked_child_follows_by_itself(server: FlagServer, flags: FeatureFlags) -> None:
    server.put("a", {"value": 1})
    eventually(lambda: flags.value("a", 0) == 1, "the flag comes")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        deadline = time.monotonic() + PLENTY_SECONDS
        while flags.value("a", 0) != 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        os.write(writing, str(flags.value("a", 0)).encode())
        os._exit(0)
    server.put("a", {"value": 2})
    os.close(writing)
    assert os.read(reading, 10) == b"2"
    os.waitpid(child, 0)
    os.close(reading)
    server.put("a", {"value": 3})
    eventually(lambda: flags.value("a", 0) == 3, "the parent follows as before")


def test_what_was_asked_is_counted_by_flag_and_variant(server: FlagServer) -> None:
    server.put("a", {"rollout": {"percentage": 50}})
    server.put("v", {"variants": {"x": 1}})
    flags = FeatureFlags(server.url, token=server.token("shop", "server"), cache=None)
    on = sum(flags.is_enabled("a", user_id=user) for user in range(100))
    assert flags.variant("v", user_id=1) == "x"
    flags.close()
    said = server.ask("GET", "/exposures")[2]
    counted = {(one["flag"], one["variant"]): one["count"] for one in said}
    assert counted == {("a", "on"): on, ("a", "off"): 100 - on, ("v", "x"): 1}
    users = {(one["flag"], one["variant"]): one["users"] for one in said}
    assert users["v", "x"] == 1 and abs(users["a", "on"] - on) <= 5


def test_the_commands_work_on_a_server_as_on_a_file(
    server: FlagServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from shipway.cli.shell.root import run

    monkeypatch.setenv("SHIPWAY_HOME", str(server.home))
    monkeypatch.setenv("SHIPWAY_FLAGS", server.url)
    file = tmp_path / "flags.yaml"
    file.write_text("features: {a: {rollout: {percentage: 5}}}\n")
    assert run(["flags", "import", str(file), "--reason", "begin"]) == 0
    assert run(["flags", "ramp", "a", "--to", "10"]) == 0
    assert run(["flags", "kill", "a", "--reason", "it hurts"]) == 0
    flag = server.ask("GET", "/flags/a")[2]["flag"]
    assert flag == {"rollout": {"percentage": 10}, "enabled": True, "schedule": [], "kill": True}
    assert [one["why"] for one in server.ask("GET", "/audit")[2]] == ["it hurts", "", "begin"]
    capsys.readouterr()
    assert run(["flags", "token", "shop", "--environment", "production"]) == 0
    assert capsys.readouterr().out.startswith("shipway_server_")
