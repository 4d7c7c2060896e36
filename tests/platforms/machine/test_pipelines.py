"""The shell steps of written pipelines, executed as their tools do: a real `shipway`, a real release, real git.

Stood in for are `gh`, GitLab's notes and the receiver of notifications, each strict about what it is sent.
"""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from acceptance.cli.prompt import Prompt
from shipway.adapters.pipelines import jenkins
from shipway.errors import Exit
from shipway.pipelines.writing import PATHS, Wishes, written

pytestmark = pytest.mark.real
SECONDS = 200
GH = """#!/bin/sh
set -eu
test "$GH_TOKEN" = token
test "$*" = "pr comment 7 --edit-last --create-if-none --body-file shipway-plan.md"
cp shipway-plan.md "$COMMENTED"
"""
TOKEN, NOTES = "comments", "/api/v4/projects/3/merge_requests/7/notes"


class Received(BaseHTTPRequestHandler):
    """GitLab's notes, and a channel that takes JSON with a `text`."""

    notes: list[str]
    texts: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/channel" and self.headers["Content-Type"] == "application/json":
            self.texts.append(json.loads(body)["text"])
            return self._answer(200)
        if self.path == NOTES and self.headers["PRIVATE-TOKEN"] == TOKEN:
            found = re.search(rb'name="body"\r\n\r\n(.*?)\r\n--', body, re.DOTALL)
            self.notes.append(found[1].decode() if found else "")
            return self._answer(201 if found else 400)
        return self._answer(404)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing of it is printed."""


@pytest.fixture
def received() -> Iterator[tuple[type[Received], str]]:
    kind = type("Own", (Received,), {"notes": [], "texts": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield kind, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Runner:
    """Runs scripts in a repository, as a tool's runner does."""

    def __init__(self, prompt: Prompt, url: str) -> None:
        self.prompt, self.folder, self.code = prompt, prompt.folder, 0
        tools = self.folder / "tools"
        tools.mkdir()
        (tools / "gh").write_text(GH)
        (tools / "shipway").write_text(f'#!/bin/sh\nexec {sys.executable} -m shipway "$@"\n')
        for tool in tools.iterdir():
            tool.chmod(0o755)
        self.environ = {
            **os.environ,
            "PATH": f"{tools}:{os.environ['PATH']}",
            "SHIPWAY_HOME": str(prompt.home.path),
            "SHIPWAY_FILE": "shipway.yaml",
            "SERVICE": "checkout",
            "SHIPWAY_NOTIFY_URL": f"{url}/channel",
            "COMMENTED": str(self.folder / "comment"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "RUNNER_TEMP": str(tools),
            "GH_TOKEN": "token",
            "PULL_REQUEST": "7",
            "RUN_URL": "https://ci/1",
            "BUILD_URL": "https://ci/1",
            "CI_API_V4_URL": f"{url}/api/v4",
            "CI_PROJECT_ID": "3",
            "CI_MERGE_REQUEST_IID": "7",
            "SHIPWAY_COMMENT_TOKEN": TOKEN,
            "CI_JOB_URL": "https://ci/1",
        }
        self.git("init", "-q", "-b", "main")
        self.commit()

    def git(self, *words: str) -> str:
        identity = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org")
        done = subprocess.run(
            ["git", *identity, *words], cwd=self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self) -> str:
        """A new version, and its name."""
        self.git("add", "-f", "shipway.yaml")
        self.git("commit", "-q", "--allow-empty", "-m", "a change")
        return self.git("rev-parse", "--short=12", "HEAD")

    def run(self, *scripts: str, **variables: str) -> int:
        """One after the other until one fails; the code of that one."""
        for script in scripts:
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
                cwd=self.folder,
                env={**self.environ, **variables},
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
            print(done.stdout, done.stderr, sep="\n")
            if done.returncode:
                return done.returncode
        return 0


@pytest.fixture
def runner(tmp_path: Path, received: tuple[type[Received], str]) -> Iterator[Runner]:
    prompt = Prompt(tmp_path, strategy="blue-green", rollback={"window": "1s"}, smoke="test ! -e bad")
    try:
        yield Runner(prompt, received[1])
    finally:
        prompt.close()


Jobs = tuple[list[str], list[str], list[str]]
"""Scripts that plan and comment, that check and deploy, and that run whatever came before."""


def _github(text: str) -> Jobs:
    jobs = YAML(typ="safe", pure=True).load(text)["jobs"]
    plan, deploy = ([step for step in jobs[name]["steps"] if "run" in step] for name in ("plan", "deploy"))
    always = [step["run"] for step in deploy if "always()" in step.get("if", "")]
    return [step["run"] for step in plan], [step["run"] for step in deploy if "if" not in step], always


def _gitlab(text: str) -> Jobs:
    jobs = YAML(typ="safe", pure=True).load(text)
    return jobs["plan"]["script"], jobs["deploy"]["script"], jobs["deploy"]["after_script"]


def _jenkins(text: str) -> Jobs:
    plan, deploy, *after = [step.script for step in jenkins.steps(text, "Jenkinsfile")]
    return [plan], [deploy], after


def _argo(text: str) -> Jobs:
    templates = {one["name"]: one for one in YAML(typ="safe", pure=True).load(text)["spec"]["templates"]}
    plan, deploy, report = (templates[name]["script"]["source"] for name in ("plan", "deploy", "report"))
    return [plan], [deploy], [report.replace("{{workflow.status}}", "Failed")]


READ: dict[str, Callable[[str], Jobs]] = {
    "github": _github,
    "gitlab": _gitlab,
    "jenkins": _jenkins,
    "argo-workflows": _argo,
}


@pytest.mark.parametrize("tool", PATHS)
def test_a_pipeline_plans_deploys_reports_and_fails_when_it_was_taken_back(
    tool: str, runner: Runner, received: tuple[type[Received], str]
) -> None:
    plan, deploy, after = READ[tool](written(tool, Wishes(service="checkout")))
    status = {"OUTCOME": "success", "CI_JOB_STATUS": "success"}
    assert runner.run(*plan) == 0
    assert runner.run(*deploy) == 0 == runner.run(*after, **status)
    good = runner.prompt.status("proven")

    (runner.folder / "bad").touch()
    bad = runner.commit()
    assert runner.run(*plan) == 0
    assert runner.run(*deploy) == Exit.ROLLED_BACK
    assert runner.run(*after, OUTCOME="failure", CI_JOB_STATUS="failed") == 0
    assert runner.prompt.status("proven") == good

    kept = runner.folder / "shipway-report"
    assert [one["outcome"] for one in json.loads((kept / "history.json").read_text())] == [
        "rolled-back",
        "finished",
    ]
    assert json.loads((kept / "dora.json").read_text())["lead_time_seconds"]["count"] == 1
    assert (kept / "dora.svg").read_text().startswith("<svg")
    first, second = received[0].texts
    assert first.startswith("checkout: ") and bad in second
    comments = {"github": lambda: [(runner.folder / "comment").read_text()], "gitlab": lambda: received[0].notes}
    if tool in comments:
        assert bad in comments[tool]()[-1] and "if it fails" in comments[tool]()[-1]


def test_a_plan_that_is_refused_is_commented_and_fails(runner: Runner) -> None:
    plan, deploy, _ = _github(written("github", Wishes(service="checkout")))
    (runner.folder / "shipway.yaml").write_text("service: checkout\nplatfrom: {}\n")
    assert runner.run(plan[0]) == Exit.INPUT
    assert runner.run(plan[1]) == 0
    assert "platfrom" in (runner.folder / "comment").read_text()
    assert runner.run(*deploy) == Exit.INPUT


def test_the_composite_action_deploys_and_tells_its_exit_code(runner: Runner) -> None:
    text = (Path(__file__).parents[3] / "action.yml").read_text(encoding="utf-8")
    install, run = (step["run"] for step in YAML(typ="safe", pure=True).load(text)["runs"]["steps"])
    given = {"COMMAND": "deploy", "VERSION": "", "FILE": "shipway.yaml", "WAIT": ""}
    assert runner.run(install, run, **given) == 0
    version = runner.git("rev-parse", "--short=12", "HEAD")
    assert (runner.folder / "output").read_text() == f"exit-code=0\nversion={version}\n"
    (runner.folder / "bad").touch()
    assert runner.run(run, **{**given, "VERSION": "9.9"}) == Exit.ROLLED_BACK
    assert "exit-code=4\nversion=9.9\n" in (runner.folder / "output").read_text()
    assert runner.run(run, **{**given, "COMMAND": "plan"}) == 0
    assert runner.run(run, **{**given, "COMMAND": "rm"}) == Exit.INPUT
