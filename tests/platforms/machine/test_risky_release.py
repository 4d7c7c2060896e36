"""A critical change on real processes: it waits for everybody whom its risk asks for, and begins in its hours."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from acceptance.cli.prompt import TIMEOUT_SECONDS, Prompt
from shipway.errors import Exit

pytestmark = pytest.mark.real


class Told(BaseHTTPRequestHandler):
    versions: list[str]

    def do_POST(self) -> None:
        self.versions.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["version"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing of it is printed."""


@pytest.fixture
def team() -> Iterator[tuple[list[str], str]]:
    kind = type("Own", (Told,), {"versions": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield kind.versions, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def hours(begin: int, end: int) -> str:
    """From so many hours after now to so many; a day's hours go round."""
    now = datetime.now(UTC)
    first, last = (now + timedelta(hours=by) for by in (begin, end))
    return f"{first:%H:%M}-{last:%H:%M} UTC"


def git(prompt: Prompt, *words: str) -> None:
    identity = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org")
    subprocess.run(["git", *identity, *words], cwd=prompt.folder, check=True, capture_output=True)


def commit(prompt: Prompt, version: str, *paths: str) -> None:
    for path in paths:
        (prompt.folder / path).parent.mkdir(exist_ok=True)
        (prompt.folder / path).write_text(f"# {version}\n")
    git(prompt, "add", "-A")
    git(prompt, "commit", "-q", "--allow-empty", "-m", version)
    git(prompt, "tag", version)


def gated(prompt: Prompt, told: str, off_peak: str) -> None:
    """Somebody is on call once the file is there; the approval itself is a person's."""
    on_call = {"command": "until test -e on-call; do sleep 0.1; done", "timeout": "2m"}
    gates = {"on_call": on_call, "off_peak": {"hours": off_peak}, "team": {"url": told}}
    prompt.write(json.dumps({**prompt.wish, "auto": {"gates": gates}}, indent=1))


def until(prompt: Prompt, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What the status says of the run, once it is as wanted."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    run: dict[str, Any] = {}
    while not (run and wanted(run)):
        assert time.monotonic() < deadline, run
        time.sleep(0.2)
        found = prompt.status("run")
        run = found if isinstance(found, dict) else {}
    return run


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Prompt]:
    prompt = Prompt(tmp_path, strategy="auto", **{"blue-green": {"bake": "1s"}})
    try:
        git(prompt, "init", "-q")
        commit(prompt, "1.0", "cart.py")
        assert prompt.type("deploy", "1.0").returncode == Exit.DONE
        yield prompt
    finally:
        prompt.close()


def test_a_critical_change_waits_for_all_and_for_its_hours(shop: Prompt, team: tuple[list[str], str]) -> None:
    gated(shop, team[1], hours(6, 8))
    commit(shop, "1.1", "terraform/network.tf")
    planned = shop.type("plan", "1.1")
    assert "approval" in planned.stdout and "off-peak" in planned.stdout, planned.stdout + planned.stderr
    assert shop.type("deploy", "1.1", "--detach").returncode == Exit.DONE

    run = until(shop, lambda run: run["rule"] == "gates" and "1 of 2" in run["reason"])
    assert "test -e on-call" in run["reason"], "the team is told; nobody is on call"
    assert team[0] == ["1.1"]
    (shop.folder / "on-call").touch()

    run = until(shop, lambda run: bool(run["hold_rule"]))
    assert (run["hold_rule"], run["hold"]) == ("approval", "critical risk: touches core infrastructure")
    assert "shipway promote" in shop.type("status").stdout
    assert shop.type("promote").returncode == Exit.DONE

    run = until(shop, lambda run: run["rule"] == "gates" and not run["hold_rule"])
    why = shop.type("why").stdout
    assert hours(6, 8)[:2] in why and "gates agree" in why, why
    versions = {one["version"]: one["ready"] for one in shop.status("revisions")}  # type: ignore[attr-defined]
    assert versions.get("1.1", 0) == 0, "nothing of it was started"
    assert shop.type("abort").returncode == Exit.DONE

    gated(shop, team[1], hours(-2, 2))
    assert shop.type("deploy", "1.1").returncode == Exit.HELD, "a job ends where a person is asked"
    assert shop.type("promote").returncode == Exit.DONE
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while "1.1" not in str(shop.status("proven")):
        assert time.monotonic() < deadline, shop.type("why").stdout
        time.sleep(0.2)
