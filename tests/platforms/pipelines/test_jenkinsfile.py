"""A generated Jenkinsfile before npm-groovy-lint, which parses Groovy and knows the rules of Jenkinsfiles."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shipway.cli.shell.root import run

pytestmark = pytest.mark.real
SECONDS = 300.0
STYLE = {"Indentation", "LineLength"}
"""We indent by two, and a shell's line may be long."""
RELEASE = """\
service: checkout
platform:
  process:
    command: python -m http.server {port}
    replicas: 2
traffic:
  envoy: {listen: "127.0.0.1:8099"}
strategy: rolling
"""


@pytest.fixture(scope="module")
def linter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Its program. It keeps a server for its next call, which is ended."""
    folder = tmp_path_factory.mktemp("linter")
    shutil.copy(Path(__file__).with_name("package.json"), folder)
    subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True, timeout=SECONDS
    )
    program = folder / "node_modules" / ".bin" / "npm-groovy-lint"
    yield program
    subprocess.run([program, "--killserver"], cwd=folder, capture_output=True, timeout=SECONDS, check=False)


def told(linter: Path, folder: Path) -> list[dict[str, Any]]:
    """What it finds in the folder's Jenkinsfile, but for style."""
    (folder / ".groovylintrc.json").write_text('{"extends": "recommended-jenkinsfile"}')
    words = [str(linter), "--output", "json", "--noserver", "--failon", "none", "Jenkinsfile"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    found = json.loads(done.stdout[done.stdout.index("{") :])
    (file,) = found["files"].values()
    return [one for one in file["errors"] if one["rule"] not in STYLE]


@pytest.mark.parametrize(
    "more", [[], ["--branch", "release"], ["--runner", "linux"]], ids=["plain", "branch", "runner"]
)
def test_nothing_is_found_in_it(
    linter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    (tmp_path / "shipway.yaml").write_text(RELEASE)
    monkeypatch.chdir(tmp_path)
    assert run(["ci", "jenkins", *more, "--output", "Jenkinsfile"]) == 0
    assert told(linter, tmp_path) == []


def test_what_is_no_groovy_is_found(linter: Path, tmp_path: Path) -> None:
    (tmp_path / "Jenkinsfile").write_text("pipeline {\n  agent any\n  stages { stage('a') { steps { sh 'x'\n}\n")
    assert told(linter, tmp_path)
