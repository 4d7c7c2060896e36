"""`shipway check --release`: words that do not go together, what is started, and who is asked."""

import json
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from shipway.cli import main
from shipway.errors import Exit
from shipway.home import VARIABLE, Home
from unit.cli import views

RELEASE = """service: shop
platform: {process: {command: "python -m http.server {port}"}}
health: {ready: {path: /ready}, alive: {path: /alive}}
traffic: {envoy: {listen: 18999}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "home"))
    (tmp_path / "shipway.yaml").write_text(RELEASE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--manifests", "k8s/", "--release"), "`--manifests` and `--release` do not go together"),
        (("--manifests", "k8s/", "--confirm", "tests=412"), "`--manifests` and `--confirm` do not go together"),
        (("--confirm", "tests=412"), "`--confirm` belongs to `--release`"),
        (("--waive", "tests=later"), "`--waive` belongs to `--release`"),
    ],
)
def test_words_that_do_not_go_together_are_refused(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "1.0", *words]) == Exit.INPUT
    assert said in capsys.readouterr().err


def test_no_replica_is_started_and_nobody_is_asked_where_the_answer_is_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*words: object, **given: object) -> None:
        raise AssertionError(words)

    monkeypatch.setattr("shipway.cli.shell.trying.tried", never)
    monkeypatch.setattr("shipway.cli.shell.checklist.running.is_attended", lambda: True)
    monkeypatch.setattr("builtins.input", never)
    assert main(["check", "1.0", "--release", "--no-start", "--json"]) == Exit.REFUSED
    items = {item["name"]: item for item in json.loads(capsys.readouterr().out)["items"]}
    assert (items["health"]["state"], items["health"]["said"]) == ("open", "no replica was started: --no-start")


def test_somebody_at_a_terminal_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shipway.cli.shell.checklist.running.is_attended", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: "I saw it")
    main(["check", "1.0", "--release", "--no-start"])
    assert "I saw it" in capsys.readouterr().out


def test_what_to_verify_around_going_back_is_shown_of_the_last_look(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "home")
    (tmp_path / "shipway.yaml").write_text("service: checkout\n")
    home.status("checkout").parent.mkdir(parents=True)
    home.status("checkout").write_bytes(msgspec.json.encode(views.RELEASING))
    assert main(["check", "--rollback", "--json"]) == Exit.DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["service"], len(told["items"])) == ("checkout", 11)
    assert main(["check", "--rollback"]) == Exit.DONE
    assert "After it" in capsys.readouterr().out
    for word in ("--release", "1.9.0"):
        assert main(["check", word, "--rollback"]) == Exit.INPUT
        assert "stands alone" in capsys.readouterr().err


def test_a_look_of_long_ago_is_no_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    (tmp_path / "shipway.yaml").write_text("service: checkout\n")
    home.status("checkout").parent.mkdir(parents=True)
    home.status("checkout").write_bytes(msgspec.json.encode(views.RELEASING))
    monkeypatch.setattr("time.time", lambda: views.RELEASING.at + 7200.0)
    assert main(["check", "--rollback"]) == Exit.DONE
    assert "2 h old" in capsys.readouterr().out
    assert main(["check", "--rollback", "--json"]) == Exit.DONE
    assert json.loads(capsys.readouterr().out)["is_stale"]
    monkeypatch.setattr("time.time", lambda: views.RELEASING.at + 1.0)
    main(["check", "--rollback"])
    assert " old" not in capsys.readouterr().out


def test_going_back_is_about_the_service_of_the_file_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "home")
    for name in ("checkout", "search"):
        home.status(name).parent.mkdir(parents=True)
        home.status(name).write_bytes(msgspec.json.encode(replace(views.RELEASING, service=name)))
    (tmp_path / "shipway.yaml").write_text("service: checkout\n")
    (tmp_path / "search.yaml").write_text("service: search\n")
    main(["check", "--rollback", "--file", "search.yaml"])
    assert "Before search goes back" in capsys.readouterr().out
