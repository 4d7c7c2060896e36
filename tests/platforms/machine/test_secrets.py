"""A planted secret is in the replicas' environment, and nowhere else: no file, no output, no argument."""

import asyncio
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import psutil
import pytest

from acceptance.cli.prompt import Prompt
from acceptance.stand import DEADLINE_SECONDS, process, processes_of
from shipway.adapters.supervisor import Supervisor

pytestmark = pytest.mark.real
FIRST, SECOND, PRINTED = "planted-7d1c-first", "planted-90ab-second", "planted-e44f-printed"
PLANTED = (FIRST, SECOND, PRINTED)
WORDS = (
    *("status", "status --json", "why", "why --json", "history", "history --json", "config"),
    *("logs", "logs --json --since 10m", "prune --dry-run", "prune --json"),
    *("plan 2.0 --diff", "plan 2.0 --json", "plan 2.0 --compare", "check 1.8.2", "check 1.8.2 --json"),
    *("rehearse 2.0 --fault slow-start=1s", "rehearse 2.0 --fault slow-start=1s --json"),
)
HOOK = 'env > "$SHIPWAY_HOME/hook-$SHIPWAY_RUN-$SHIPWAY_ROW"'


class Listening(BaseHTTPRequestHandler):
    """An address that is called by hooks, and keeps what it is told."""

    told: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        """Agree."""
        self.told.append(str(self.headers).encode() + self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Listening)
    Listening.told.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook"
    server.shutdown()
    server.server_close()


@pytest.fixture
def prompt(tmp_path: Path, address: str) -> Iterator[Prompt]:
    sources = [{"file": "secrets.env"}, {"command": "cat hidden"}]
    hooks = {"before_stage": HOOK, "after_stage": address, "on_rollback": [HOOK, address]}
    wish = {"strategy": "blue-green", "rollback": {"window": "10m"}, "hooks": hooks, **process(env_from=sources)}
    made = Prompt(tmp_path, **wish)
    (made.folder / "hidden").write_text(f"PRINTED={PRINTED}\n")
    try:
        yield made
    finally:
        made.close()


def given(prompt: Prompt, secret: str) -> None:
    (prompt.folder / "secrets.env").write_text(f"DATABASE={secret}\n")


def replicas(prompt: Prompt) -> list[psutil.Process]:
    return [one for one in processes_of(prompt.home) if "shipway.demo.app.checkout" in one.cmdline()]


def has(prompt: Prompt, secret: str) -> bool:
    """Whether replicas run with it."""
    found = False
    for one in replicas(prompt):
        with suppress(psutil.Error):
            found = found or one.environ().get("DATABASE") == secret
    return found


def leaks(prompt: Prompt, outputs: list[subprocess.CompletedProcess[str]]) -> list[str]:
    """Every place but replicas' environments where a planted secret is."""
    files = [path for path in prompt.home.path.rglob("*") if path.is_file()]
    places = {str(path): path.read_bytes() for path in files}
    places |= {f"hook's body {number}": body for number, body in enumerate(Listening.told)}
    places |= {" ".join(one.args): (one.stdout + one.stderr).encode() for one in outputs}
    for one in processes_of(prompt.home):
        with suppress(psutil.Error):
            words = (
                one.cmdline()
                if "shipway.demo.app.checkout" in one.cmdline()
                else [
                    *one.cmdline(),
                    *one.environ().values(),
                ]
            )
            places[f"process {one.name()} {one.pid}"] = " ".join(words).encode()
    assert str(prompt.home.store) in places
    return [place for place, content in places.items() if any(word.encode() in content for word in PLANTED)]


@pytest.mark.timeout(600)  # every command there is, one after the other
def test_a_planted_secret_is_only_where_it_may_be(prompt: Prompt) -> None:
    given(prompt, FIRST)
    outputs = [prompt.type("check", "1.8.2"), prompt.type("deploy", "1.8.2")]
    assert has(prompt, FIRST), outputs[-1].stderr
    given(prompt, SECOND)
    outputs += [prompt.type("plan", "1.8.2", "--diff"), prompt.type("deploy", "1.8.2", "--json")]
    assert has(prompt, SECOND), "a changed secret is a revision of its own"
    outputs += [prompt.type(*words.split()) for words in WORDS]
    outputs.append(prompt.type("rollback"))
    assert has(prompt, FIRST)
    assert [" ".join(one.args) for one in outputs if one.returncode] == []
    assert Listening.told and list(prompt.home.path.glob("hook-*")), "hooks were called"
    assert leaks(prompt, outputs) == []


def test_a_secret_is_there_again_after_a_restart_and_one_that_changed_is_told(prompt: Prompt) -> None:
    given(prompt, FIRST)
    assert prompt.type("deploy", "1.8.2").returncode == 0
    supervisor = Supervisor(prompt.home.path)
    asyncio.run(supervisor.shutdown(timeout_seconds=30.0))
    asyncio.run(supervisor.ensure())
    until(lambda: has(prompt, FIRST), "replicas have their secret again")
    given(prompt, SECOND)
    for one in replicas(prompt):
        one.kill()
    until(lambda: "not what they were" in prompt.type("status").stdout, "status says why")
    assert leaks(prompt, [prompt.type("status"), prompt.type("logs")]) == []


def until(claim: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not claim():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.2)
