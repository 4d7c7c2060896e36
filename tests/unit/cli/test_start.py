"""The shortest commands load nothing that is slow to load."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from shipway.home import VARIABLE, Home
from unit.cli import views

HEAVY = {
    "cyclopts",
    "rich",
    "sqlalchemy",
    "alembic",
    "pydantic",
    "scipy",
    "numpy",
    "asyncio",
    "structlog",
    "httpx2",
}
PROGRAM = """
import json, sys
from shipway.cli import main
code = main(json.loads(sys.argv[1]))
print("MODULES", code, json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def modules(words: list[str], home: Path) -> tuple[str, set[str]]:
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(words)],
        env={**os.environ, VARIABLE: str(home)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    output, _, end = found.stdout.partition("MODULES ")
    code, _, names = end.partition(" ")
    assert code == "0"
    return output, set(json.loads(names))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = Home(tmp_path).status("checkout")
    path.parent.mkdir(parents=True)
    path.write_bytes(msgspec.json.encode(replace(views.RELEASING, at=time.time())))
    return tmp_path


def test_the_version_needs_next_to_nothing(home: Path) -> None:
    output, loaded = modules(["--version"], home)
    assert output.startswith("shipway ")
    assert not loaded & (HEAVY | {"msgspec"})


@pytest.mark.parametrize("words", [["status"], ["status", "checkout"], ["status", "checkout", "--json"]])
def test_the_status_needs_only_what_the_controller_left(words: list[str], home: Path) -> None:
    output, loaded = modules(words, home)
    assert "checkout" in output
    assert not loaded & HEAVY


def test_the_status_as_json_is_utc_and_says_how_the_service_stands(home: Path) -> None:
    output, _ = modules(["status", "checkout", "--json"], home)
    data = json.loads(output)
    assert data["standing"] == "releasing" and data["is_stale"] is False
    assert data["run"]["started_at"] == "2026-05-09T11:59:12.000Z"
    assert data["run"]["plan"]["stages"][2]["route"]["shares"] == {views.STABLE: 95_000, views.CANDIDATE: 5_000}
