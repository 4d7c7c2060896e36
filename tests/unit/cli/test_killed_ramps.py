"""A ramp of a killed flag is refused before anything begins, and code without ramps goes on."""

from pathlib import Path

import pytest

from shipway.cli.shell.root import run
from shipway.errors import Exit, PortError

RELEASE = """
service: shop
platform: {process: {command: "python app.py --port {port}", replicas: 1}}
strategy: rolling
flags: {file: flags.yaml, ramps: {cart: {to: [5%, 100%]}, menu: {}}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "home"))
    (tmp_path / "shipway.yaml").write_text(RELEASE)
    return tmp_path


def flags(folder: Path, cart: str, menu: str) -> None:
    (folder / "flags.yaml").write_text(f"features: {{cart: {cart}, menu: {menu}}}\n")


@pytest.mark.parametrize("cart", ["{kill: true, enabled: false}", "{kill: true, rollout: {percentage: 50}}"])
@pytest.mark.parametrize("word", ["plan", "check", "deploy"])
def test_what_would_show_a_killed_flag_is_refused_before_anything_begins(
    folder: Path, cart: str, word: str
) -> None:
    flags(folder, cart, "{enabled: false}")
    with pytest.raises(PortError, match="cart was killed") as caught:
        run([word, "1.0"])
    assert (caught.value.code, caught.value.exit_code) == ("flag-killed", Exit.REFUSED)
    assert "flags restore cart" in caught.value.fix and "--no-ramps" in caught.value.fix
    assert not list((folder / "home").glob("supervisor/*"))


def test_a_flag_that_is_only_named_may_be_killed(folder: Path) -> None:
    flags(folder, "{enabled: false}", "{kill: true}")
    assert run(["plan", "1.0"]) == Exit.DONE
