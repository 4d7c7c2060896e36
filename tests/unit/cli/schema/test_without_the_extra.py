"""Without `shipway[postgres]` the commands say what is missing, and their help is there."""

import subprocess
import sys
from pathlib import Path

import pytest

from shipway.errors import Exit

BARE = (
    "import sys; sys.modules['psycopg'] = sys.modules['postgast'] = None; from shipway.cli import main;"
    "sys.exit(main(sys.argv[1:]))"
)
CHANGE = "change: x\nsteps:\n  - rename_column: {table: t, from: a, to: b}\n"


def bare(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", BARE, *words], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    "words", [("lint", "x.sql"), ("status", "--database", "postgresql:///x"), ("plan", "x.yaml")]
)
def test_it_says_what_to_install(words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql:///x")
    (tmp_path / "x.sql").write_text("select 1;")
    (tmp_path / "x.yaml").write_text(CHANGE)
    ran = bare("schema", *words)
    assert ran.returncode == Exit.INPUT, ran.stderr
    assert "shipway[postgres]" in ran.stderr


def test_help_needs_nothing() -> None:
    assert "Drop the old shape" in bare("schema", "contract", "--help").stdout
