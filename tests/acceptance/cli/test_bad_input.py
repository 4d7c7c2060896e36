"""Bad input of every kind: four lines, the right exit code, and nothing changed."""

import asyncio
import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import Struct

from acceptance.cli.prompt import Prompt
from shipway.adapters.stores.sqlite import open_store
from shipway.cli.render.paint import width
from shipway.errors import Exit
from shipway.home import Home
from shipway.model.command import Pause

GOOD = """\
service: checkout
platform:
  process:
    command: python -m http.server {port}
    replicas: 4
strategy: canary
canary:
  stages: [5%, 50%, 100%]
"""


class Case(Struct, frozen=True, kw_only=True):
    """What is typed, where, and what is said about it."""

    words: tuple[str, ...]
    code: Exit
    page: str
    says: tuple[str, ...]
    edit: tuple[str, str] = ("", "")
    """What is replaced in a good release file."""
    before: Callable[[Prompt], object] | None = None
    """What is done to the machine."""


LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


def lock(prompt: Prompt) -> object:
    """Another process writes and does not stop."""
    open_store(prompt.home.store).close()
    words = [sys.executable, "-c", LOCK, str(prompt.home.store)]
    holder = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "locked\n"
    return holder


def newer(prompt: Prompt) -> None:
    """A later Shipway was here."""
    open_store(prompt.home.store).close()
    with closing(sqlite3.connect(prompt.home.store)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def no_database(prompt: Prompt) -> None:
    prompt.home.path.mkdir()
    prompt.home.store.write_text(
        "this is a diary, not a database; it has been kept for years, and nobody reads it"
    )


def foreign(prompt: Prompt) -> None:
    prompt.home.path.mkdir()
    with closing(sqlite3.connect(prompt.home.store)) as connection, connection:
        connection.execute("CREATE TABLE songs (title TEXT)")


def occupied(prompt: Prompt) -> object:
    """Somebody else listens on the port."""
    listener = socket.create_server(("127.0.0.1", prompt.port))
    prompt.write(GOOD + f"traffic:\n  envoy:\n    listen: 127.0.0.1:{prompt.port}\n")
    return closing(listener)


def served_somewhere_else(prompt: Prompt) -> None:
    """The application answers, and has no health endpoints."""
    prompt.write(GOOD + f"traffic:\n  envoy:\n    listen: 127.0.0.1:{prompt.port}\n")


def a_file_where_home_should_be(prompt: Prompt) -> None:
    prompt.home.path.write_text("not a directory")


def deployed_before(prompt: Prompt) -> None:
    """The store knows a service of another name."""
    store = open_store(prompt.home.store)
    asyncio.run(store.journal.submit("billing", Pause(), by="ana"))
    store.close()


DEPLOY = ("deploy", "1.9.0", "--detach")
CASES = {
    "unknown key": Case(
        words=("plan", "1.9.0"),
        edit=("strategy: canary", "strategi: canary"),
        code=Exit.INPUT,
        page="unknown-key",
        says=("shipway.yaml:6:1", "Did you mean `strategy`?"),
    ),
    "wrong unit": Case(
        words=DEPLOY,
        edit=("stages: [5%, 50%, 100%]", "bake: 15"),
        code=Exit.INPUT,
        page="wrong-unit",
        says=("shipway.yaml:8:9", "15"),
    ),
    "falling shares": Case(
        words=DEPLOY,
        edit=("[5%, 50%, 100%]", "[5%, 50%, 25%]"),
        code=Exit.INPUT,
        page="canary-shares",
        says=("25% after 50%",),
    ),
    "several problems": Case(
        words=("check",),
        edit=("replicas: 4", "replicas: four\n    replica: 4"),
        code=Exit.INPUT,
        page="unknown-key",
        says=("replicas", "replica", "has 2 problems"),
    ),
    "not YAML": Case(
        words=DEPLOY, edit=("platform:", "platform: ["), code=Exit.INPUT, page="yaml", says=("shipway.yaml:",)
    ),
    "no file": Case(
        words=(*DEPLOY, "--file", "other.yaml"), code=Exit.INPUT, page="file-missing", says=("shipway init",)
    ),
    "malformed version": Case(
        words=("deploy", "1.9/0", "--detach"), code=Exit.INPUT, page="version", says=("1.9/0",)
    ),
    "unknown strategy": Case(
        words=(*DEPLOY, "--strategy", "blue"), code=Exit.INPUT, page="command-line", says=("blue-green",)
    ),
    "unknown command": Case(
        words=("stats",), code=Exit.INPUT, page="command-line", says=("Did you mean `shipway status`?",)
    ),
    "unknown option": Case(
        words=("deploy", "1.9.0", "--detatch"), code=Exit.INPUT, page="command-line", says=("--detatch",)
    ),
    "unknown service": Case(
        words=("status", "bilings"),
        before=deployed_before,
        code=Exit.INPUT,
        page="unknown-name",
        says=("Did you mean `billing`?",),
    ),
    "nothing deployed": Case(
        words=("pause",), code=Exit.INPUT, page="unknown-name", says=("Nothing was ever deployed here",)
    ),
    "unknown fault": Case(
        words=("rehearse", "1.9.0", "--fault", "crashloop"),
        code=Exit.INPUT,
        page="unknown-name",
        says=("crash-loop",),
    ),
    "command not found": Case(
        words=("check",),
        edit=("python -m", "pythn -m"),
        code=Exit.REFUSED,
        page="",
        says=("`pythn` was found nowhere in PATH", "shipway.yaml:4:14"),
    ),
    "command not found when deploying": Case(
        words=DEPLOY,
        edit=("python -m", "pythn -m"),
        code=Exit.REFUSED,
        page="does-not-fit",
        says=("`pythn` was found nowhere in PATH", "shipway.yaml:4:14"),
    ),
    "port in use when deploying": Case(
        words=DEPLOY,
        before=occupied,
        code=Exit.REFUSED,
        page="does-not-fit",
        says=("cannot be used", "listens there", "shipway.yaml:11:13"),
    ),
    "health path missing": Case(
        words=("check", "1.9.0"),
        before=served_somewhere_else,
        code=Exit.REFUSED,
        page="",
        says=("404 from /health/ready", "correct the command or the health paths"),
    ),
    "crashes at once": Case(
        words=("check", "1.9.0"),
        edit=("-m http.server {port}", "-c 'raise SystemExit(7)' {port}"),
        before=None,
        code=Exit.REFUSED,
        page="",
        says=("exit code 7 before it was ready",),
    ),
    "port in use": Case(
        words=("check", "--no-start"),
        before=occupied,
        code=Exit.REFUSED,
        page="",
        says=("cannot be used", "shipway.yaml:11:13"),
    ),
    "store locked": Case(
        words=DEPLOY, before=lock, code=Exit.UNREACHABLE, page="store-locked", says=("locked", "fuser")
    ),
    "store of a newer version": Case(
        words=DEPLOY, before=newer, code=Exit.INPUT, page="store-newer", says=("newer Shipway", "9999")
    ),
    "not a database": Case(
        words=DEPLOY, before=no_database, code=Exit.UNREACHABLE, page="store-corrupt", says=("not a database",)
    ),
    "another program's database": Case(
        words=("history",),
        before=foreign,
        code=Exit.UNREACHABLE,
        page="store-corrupt",
        says=("not a Shipway store",),
    ),
    "home is a file": Case(
        words=DEPLOY,
        before=a_file_where_home_should_be,
        code=Exit.INPUT,
        page="store-unwritable",
        says=("SHIPWAY_HOME",),
    ),
    "file is there": Case(words=("init", "--yes"), code=Exit.REFUSED, page="file-there", says=("--force",)),
    "nobody to ask": Case(
        words=("down", "--service", "billing"),
        before=deployed_before,
        code=Exit.REFUSED,
        page="not-agreed",
        says=("--yes",),
    ),
}


def picture(folder: Path) -> dict[str, bytes]:
    """Every file below a folder; SQLite's side files come and go."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal")))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_explained_and_changes_nothing(name: str, tmp_path: Path) -> None:
    case, prompt = CASES[name], Prompt(tmp_path)
    prompt.write(GOOD.replace(*case.edit) if case.edit[0] else GOOD)
    held = case.before(prompt) if case.before else None
    before = picture(tmp_path)
    try:
        found = prompt.type(*case.words)
    finally:
        if held is not None:
            held.__exit__(None, None, None)  # type: ignore[attr-defined]
    said = found.stdout + found.stderr
    assert found.returncode == case.code, said
    assert all(" ".join(words.split()) in " ".join(said.split()) for words in case.says), said
    assert "Traceback" not in said
    assert [line for line in said.splitlines() if width(line) > 80 and str(tmp_path) not in line] == []
    assert not case.page or f"docs/errors/{case.page}.md" in said
    assert all(label in said for label in ("where", "why", "fix")), said
    assert picture(tmp_path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_may_not_be_written_is_explained(tmp_path: Path) -> None:
    prompt = Prompt(tmp_path)
    prompt.write(GOOD)
    prompt.home.path.mkdir(mode=0o500)
    found = prompt.type(*DEPLOY)
    assert found.returncode == Exit.INPUT
    assert "store-unwritable" in found.stderr


def test_errors_for_programs_are_one_line_of_json(tmp_path: Path) -> None:
    prompt = Prompt(tmp_path)
    prompt.write(GOOD.replace("strategy: canary", "strategi: canary"))
    found = prompt.type("plan", "1.9.0", "--json")
    data = json.loads(found.stderr)
    assert found.stdout == "" and data["exit"] == found.returncode == Exit.INPUT
    assert data["errors"][0]["code"] == "unknown-key"
    assert data["errors"][0]["where"].endswith(":6:1")


def test_a_mistake_of_ours_is_one_line_and_a_file(tmp_path: Path) -> None:
    prompt = Prompt(tmp_path)
    home = Home(tmp_path / "home")
    broken = "import shipway.cli.status as s; s.show = lambda *a, **k: 1 / 0\n"
    program = f"{broken}from shipway.cli import main\nraise SystemExit(main(['status', '--json=true']))"
    found = subprocess.run(
        [sys.executable, "-c", program],
        env=prompt.environment(),
        cwd=prompt.folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert found.returncode == Exit.INTERNAL
    assert "Traceback" not in found.stderr
    assert "ZeroDivisionError" in found.stderr
    (kept,) = (home.path / "failures").iterdir()
    assert "Traceback" in kept.read_text()
    assert str(kept) in found.stderr.replace("\n", "").replace(" ", "") or kept.name in found.stderr
