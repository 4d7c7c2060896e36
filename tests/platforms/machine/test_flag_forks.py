"""Servers that fork: gunicorn --preload, celery's prefork, multiprocessing. Their children have no code for it."""

import http.client
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from real.flag_stand import FlagServer, flag_server
from tests.real.ports import free_port

pytestmark = pytest.mark.real
PLENTY_SECONDS = 120.0

WSGI = """
import os
from shipway.flags import FeatureFlags

flags = FeatureFlags(cache=None)  # in the master, before it forks

def application(environ, start_response):
    start_response("200 OK", [("content-type", "text/plain")])
    return [f"{os.getpid()} {flags.value('a', 0)}".encode()]
"""
TASKS = """
import os
from celery import Celery
from shipway.flags import FeatureFlags

flags = FeatureFlags(cache=None)  # in the parent, before it forks
folder = os.environ["BROKER_FOLDER"]
app = Celery("tasks", broker="filesystem://", backend=f"file://{folder}/results")
app.conf.broker_transport_options = {
    "data_folder_in": f"{folder}/queue",
    "data_folder_out": f"{folder}/queue",
    "control_folder": f"{folder}/control",
}

@app.task
def value():
    return [os.getpid(), flags.value("a", 0)]
"""


def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PLENTY_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FlagServer]:
    with flag_server(tmp_path / "home") as made:
        made.put("a", {"value": 1})
        yield made


@contextmanager
def running(command: list[str], folder: Path, **environment: str) -> Iterator[None]:
    with (folder / "output.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def test_workers_of_gunicorn_preload_get_updates(server: FlagServer, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(WSGI)
    port = free_port()
    seen: dict[str, str] = {}

    def ask() -> None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            worker, value = connection.getresponse().read().decode().split()
            connection.close()
            seen[worker] = value
        except (OSError, ValueError):
            pass

    def is_seen_by_all(value: str) -> bool:
        ask()
        return len(seen) == 3 and set(seen.values()) == {value}

    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--preload",
        "-w",
        "3",
        "-b",
        f"127.0.0.1:{port}",
        "shop:application",
    ]
    token = server.token("shop", "server")
    with running(command, tmp_path, SHIPWAY_FLAGS=server.url, SHIPWAY_FLAGS_TOKEN=token):
        eventually(lambda: is_seen_by_all("1"), "all workers answer")
        server.put("a", {"value": 2})
        eventually(lambda: is_seen_by_all("2"), "all workers have the change")


def test_workers_of_celery_get_updates(
    server: FlagServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("queue", "results", "control"):
        (tmp_path / name).mkdir()
    (tmp_path / "tasks.py").write_text(TASKS)
    ask = f"import tasks; print(*tasks.value.delay().get(timeout={PLENTY_SECONDS}))"
    environment = {
        "SHIPWAY_FLAGS": server.url,
        "SHIPWAY_FLAGS_TOKEN": server.token("shop", "server"),
        "BROKER_FOLDER": str(tmp_path),
        "C_FORCE_ROOT": "1",
    }
    (tmp_path / "ask.py").write_text(ask)
    seen: dict[str, str] = {}

    def is_seen(value: str) -> bool:
        asked = subprocess.run(
            [sys.executable, "ask.py"],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=PLENTY_SECONDS,
        )
        worker, got = asked.stdout.split()
        seen[worker] = got
        return got == value

    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "tasks",
        "worker",
        "-P",
        "prefork",
        "-c",
        "1",
        "-l",
        "warning",
    ]
    with running(command, tmp_path, **environment):
        eventually(lambda: is_seen("1"), "the worker answers")
        server.put("a", {"value": 2})
        eventually(lambda: is_seen("2"), "the worker has the change")
    assert len(seen) == 1  # the same process, which was forked before the change


def _report(flags: object, pipe: "multiprocessing.connection.Connection") -> None:
    deadline = time.monotonic() + PLENTY_SECONDS
    while flags.value("a", 0) != 2 and time.monotonic() < deadline:  # type: ignore[attr-defined]
        time.sleep(0.02)
    pipe.send(flags.value("a", 0))  # type: ignore[attr-defined]


def test_children_of_multiprocessing_get_updates(server: FlagServer) -> None:
    from shipway.flags import FeatureFlags

    flags = FeatureFlags(server.url, token=server.token("shop", "server"), cache=None)
    context = multiprocessing.get_context("fork")
    ends = [context.Pipe() for _ in range(3)]
    children = [context.Process(target=_report, args=(flags, there)) for _, there in ends]
    for child in children:
        child.start()
    server.put("a", {"value": 2})
    assert [here.recv() for here, _ in ends] == [2, 2, 2]
    for child in children:
        child.join()
    flags.close()
