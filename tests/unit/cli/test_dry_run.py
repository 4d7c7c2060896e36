"""`deploy --dry-run`: all that a deploy looks at, and nothing that it does."""

import json
import socket
from contextlib import closing
from pathlib import Path

import pytest

from shipway.cli.shell import reading
from shipway.cli.shell.commands import WrongWords
from shipway.cli.shell.machine import DoesNotFit
from shipway.cli.shell.refusing import NotTaken
from shipway.cli.shell.root import run
from shipway.engine.state import ServiceState
from shipway.home import VARIABLE, Home
from shipway.model.policy import Limits
from shipway.spec.load import load
from shipway.wishing import wished

FILE = """\
service: checkout
platform:
  process:
    command: python -m http.server {{port}}
    replicas: 2
traffic:
  envoy: {{listen: "127.0.0.1:{port}"}}
strategy: rolling
"""
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: checkout}
spec:
  selector: {matchLabels: {app: checkout}}
  template:
    metadata: {labels: {app: checkout}}
    spec:
      containers:
        - {name: app, image: "shop:0", ports: [{containerPort: 8000}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: checkout}
spec: {maxUnavailable: 0, selector: {matchLabels: {app: checkout}}}
"""
IN_A_CLUSTER = """\
service: checkout
platform:
  kubernetes: {manifests: [deployment.yaml], image: "shop:{version}", replicas: 2}
traffic:
  envoy: {listen: "127.0.0.1:8099"}
strategy: rolling
"""


@pytest.fixture
def port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int) -> Path:
    (tmp_path / "shipway.yaml").write_text(FILE.format(port=port))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "home"))
    return tmp_path


def test_it_shows_the_plan_and_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deploy", "1.9.0", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "checkout  first deployment of 1.9.0  by rolling" in said
    assert "Nothing was changed. `shipway deploy 1.9.0` ships this plan." in said
    assert not (folder / "home").exists()


def test_what_it_says_to_type_is_what_was_tried(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "shipway.yaml").rename(folder / "other file.yaml")
    assert (
        run(["deploy", "1.9.0", "--dry-run", "-f", "other file.yaml", "--strategy", "canary", "--no-ramps"]) == 0
    )
    said = " ".join(capsys.readouterr().out.split())
    assert "`shipway deploy 1.9.0 --file 'other file.yaml' --strategy canary --no-ramps` ships" in said


def test_what_is_live_already_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load(folder / "shipway.yaml")
    revision, _ = wished(Home(folder / "home"), loaded, "1.9.0", strategy=None)
    live = ServiceState(service="checkout", proven=revision.id, replicas=2, limits=Limits(replicas=2))
    monkeypatch.setattr(reading, "state", lambda home, service: live)
    monkeypatch.setattr(reading, "known", lambda home, service: {revision.id: revision})
    with pytest.raises(NotTaken, match="is live already"):
        run(["deploy", "1.9.0", "--dry-run"])


def test_as_json_it_is_the_plan_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deploy", "1.9.0", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["candidate"].startswith("1.9.0-")


def test_what_would_refuse_a_deploy_refuses_it(folder: Path, port: int) -> None:
    with closing(socket.create_server(("127.0.0.1", port))), pytest.raises(DoesNotFit):
        run(["deploy", "1.9.0", "--dry-run"])


@pytest.mark.parametrize("word", ["--queue", "--refuse", "--detach", "--foreground", "--wait=window"])
def test_words_of_a_release_that_happens_are_refused(folder: Path, word: str) -> None:
    with pytest.raises(WrongWords, match=f"`--dry-run` and `{word.partition('=')[0]}`"):
        run(["deploy", "1.9.0", "--dry-run", word])


def test_what_would_lose_requests_is_told_with_the_plan(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "shipway.yaml").write_text(IN_A_CLUSTER)
    (folder / "deployment.yaml").write_text(MANIFEST)
    assert run(["plan", "1.9.0"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "lets none of the 2 pods of Deployment checkout go. (deployment.yaml:" in said
