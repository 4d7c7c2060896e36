"""Alembic's migrations, by their offline SQL: each is run without a database, in a process of its own.

In whose SQL, somebody says, or the file itself by a comment, or the address in the project's `alembic.ini`.
"""

import configparser
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from shipway.schema.lint.migration import Migration, Recorded, blind
from shipway.schema.lint.tables import POSTGRES

SECONDS_MAX = 120.0
SAID = re.compile(r"#\s*shipway:\s*dialect\s+(mariadb|mysql|postgres)\b", re.IGNORECASE)
SETTINGS, FOLDERS_MAX = "alembic.ini", 5
"""The file of a project, and how many folders above a migration it is looked for."""
OTHERS = ("mariadb", "mysql")
Answer = dict[str, object]
BY_HAND = "alembic upgrade FROM:TO --sql | shipway schema lint -"


def of_alembic(files: Sequence[tuple[str, str]], *, dialect: str) -> Iterator[Migration]:
    """Of names and texts, in their order; one that needs a database says so."""
    if not files:
        return
    asked = [(name, dialect or spoken(name, text)) for name, text in files]
    for (name, spoken_here), answer in zip(asked, _answers(asked), strict=True):
        error = answer.get("error")
        if error is None:
            pieces = cast(list[tuple[int, str]], answer["pieces"])
            sources = (Recorded(pieces, name),) if pieces else ()
            yield Migration(name=name, sources=sources, dialect=spoken_here)
        else:
            line = answer.get("line")
            unread = blind(name, line if isinstance(line, int) else 1, why=f"{error}", fix=BY_HAND)
            yield Migration(name=name, blind=(unread,))


def spoken(name: str, text: str) -> str:
    """Whose SQL a migration makes: `postgres`, unless its comment or its project says otherwise."""
    if found := SAID.search(text):
        return found[1].lower()
    for folder in [*Path(name).absolute().parents][:FOLDERS_MAX]:
        if (folder / SETTINGS).is_file():
            return _of_project(folder / SETTINGS)
    return POSTGRES


def _of_project(settings: Path) -> str:
    """A project that takes its address from elsewhere says nothing."""
    read = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        read.read(settings, encoding="utf-8")
        scheme = read.get("alembic", "sqlalchemy.url", fallback="").partition(":")[0].partition("+")[0]
    except (configparser.Error, UnicodeDecodeError):
        return POSTGRES
    return scheme if scheme in OTHERS else POSTGRES


def _answers(names: Sequence[tuple[str, str]]) -> list[Answer]:
    command = [sys.executable, "-m", "shipway.schema.lint.offline"]
    try:
        ran = subprocess.run(
            command,
            input=json.dumps(list(names)),
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [{"error": f"it ran for {SECONDS_MAX:.0f} s without an end."} for _ in names]
    lines = ran.stdout.strip().splitlines()
    if ran.returncode or not lines:
        said = (ran.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        return [{"error": f"{said}."} for _ in names]
    return cast(list[Answer], json.loads(lines[-1]))
