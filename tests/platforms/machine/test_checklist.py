"""The checklist before a release, over real git, real replicas, a real staging and a real Prometheus."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from acceptance.cli.prompt import Prompt
from shipway.adapters.checks import alerts
from shipway.cli.shell import reading
from shipway.errors import Exit, PortError
from shipway.model.event import CommandRead
from shipway.planning.checklist import NAMES
from tests.real.ports import free_port
from tests.real.prometheus import binary

pytestmark = pytest.mark.real
APP = """
import os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        lost = os.environ.get("STORE") == "lost" and self.path == "/health/ready"
        self.send_response(503 if lost and KNOWS else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass

KNOWS = True
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


class Told(BaseHTTPRequestHandler):
    texts: list[str]

    def do_POST(self) -> None:
        self.texts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing of it is printed."""


@pytest.fixture
def told() -> Iterator[tuple[list[str], str]]:
    kind = type("Own", (Told,), {"texts": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield kind.texts, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Prompt, Prompt]]:
    """Production, with a staging of its own home and ports."""
    (tmp_path / "staging").mkdir()
    app = tmp_path / "app.py"
    app.write_text(APP)
    wish: dict[str, object] = {
        "platform": {"process": {"command": f"{sys.executable} {app} {{port}} {{version}}", "replicas": 1}},
        "strategy": "blue-green",
    }
    staging = Prompt(tmp_path / "staging", **wish)
    checklist = {
        "required": True,
        "staging": str(staging.home.path),
        "notify": "TEAM_URL",
        "without": {"STORE": "lost"},
        "runbook": ["runbook.md"],
        "endpoints": ["routes.txt"],
    }
    production = Prompt(tmp_path, **wish, checklist=checklist)
    try:
        yield production, staging
    finally:
        production.close()
        staging.close()


def listed(prompt: Prompt, version: str, *words: str, **variables: str) -> tuple[int, dict[str, dict[str, str]]]:
    done = prompt.type("check", version, "--release", "--json", *words, **variables)
    assert done.stdout, done.stderr
    return done.returncode, {item["name"]: item for item in json.loads(done.stdout)["items"]}


CI = "--confirm=tests=build 412"
BOARDS = "--confirm=dashboards=the board of checkout"


def test_a_release_is_signed_item_by_item_and_refused_without(
    both: tuple[Prompt, Prompt], told: tuple[list[str], str]
) -> None:
    production, staging = both
    folder, team = production.folder, {"TEAM_URL": told[1]}
    git(folder, "init", "-q")
    (folder / "routes.txt").write_text("/orders\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    git(folder, "tag", "1.0")
    refused = production.type("deploy", "1.0")
    assert refused.returncode == Exit.REFUSED and "has no signed checklist" in refused.stderr

    code, items = listed(production, "1.0", CI, BOARDS, **team)
    assert code == Exit.REFUSED and "is not live" in items["staging"]["said"]
    assert not told[0], "nobody is told of what is not signed"
    assert staging.type("deploy", "1.0").returncode == 0
    code, items = listed(production, "1.0", "--waive=runbook=first", "--waive=load-test=first", **team)
    assert items["tests"]["note"].startswith("build 412 (") and items["tests"]["state"] == "confirmed", (
        "as said before"
    )
    assert code == 0, items
    assert items["health"]["said"].startswith(
        "ready and alive; without its dependencies alive, and not ready: 503"
    )
    assert items["staging"]["state"] == items["team"]["state"] == "done"
    assert items["runbook"]["note"].startswith("first (")
    assert len(told[0]) == 1 and "checkout 1.0 is about to be released" in told[0][0]
    assert production.type("deploy", "1.0").returncode == 0
    journalled = [entry.event for entry in reading.entries(production.home, "checkout")]
    [read] = [event.command.release for event in journalled if isinstance(event, CommandRead)]  # type: ignore[union-attr]
    assert read.checklist is not None and [item.name for item in read.checklist.items] == list(NAMES)

    (folder / "routes.txt").write_text("/orders\n/refunds\n")
    git(folder, "commit", "-q", "-a", "-m", "two")
    git(folder, "tag", "1.1")
    assert production.type("deploy", "1.1").returncode == Exit.REFUSED, "another version is another list"
    code, items = listed(production, "1.1", CI, BOARDS, "--confirm=runbook=yes", **team)
    assert code == Exit.REFUSED
    assert items["runbook"]["state"] == "failed", "what is seen to be wrong cannot be confirmed"
    assert items["staging"]["said"] == "staging runs 1.0 and not 1.1"
    assert items["rollback"]["state"] == "done" and "rehearsed" in items["rollback"]["said"]
    assert items["load-test"]["state"] == "done" and "not a major change" in items["load-test"]["said"]


def test_health_that_does_not_know_its_dependencies_fails(both: tuple[Prompt, Prompt]) -> None:
    production, _ = both
    app = production.folder.parent / "app.py"
    app.write_text(app.read_text().replace("KNOWS = True", "KNOWS = False"))
    _, items = listed(production, "1.0")
    assert items["health"]["said"] == "without its dependencies it still says that it is ready"
    assert items["tests"]["state"] == "open" and items["team"]["state"] == "failed"


RULES = """\
groups:
  - name: checkout
    rules:
      - {alert: CheckoutErrors, expr: vector(0) > 1}
      - {alert: CheckoutFires, expr: vector(1) > 0}
"""


async def _asked(url: str) -> list[bool | None]:
    deadline, said = time.monotonic() + 60.0, ""
    while said != "CheckoutFires is firing":
        assert time.monotonic() < deadline, said
        await asyncio.sleep(0.3)
        try:
            said = (await alerts.there(url, ["CheckoutFires"])).said
        except PortError as error:
            said = str(error)
    names = (["CheckoutErrors"], ["CheckoutErrors", "CheckoutFires"], ["CheckoutGone"])
    return [(await alerts.there(url, some)).is_so for some in names]


def test_alerts_are_asked_of_a_real_prometheus(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES)
    (tmp_path / "prometheus.yml").write_text("global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\n")
    port = free_port()
    words = (f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data")
    command = [binary(), *words, f"--web.listen-address=127.0.0.1:{port}"]
    with (tmp_path / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as prometheus:
        try:
            assert asyncio.run(_asked(f"http://127.0.0.1:{port}")) == [True, False, False]
        finally:
            prometheus.terminate()
