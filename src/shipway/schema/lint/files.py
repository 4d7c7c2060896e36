"""Which files are migrations, and how each is read."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from shipway.errors import ShipwayError
from shipway.schema.change_file import parse_change
from shipway.schema.lint.alembic import of_alembic
from shipway.schema.lint.migration import Migration
from shipway.schema.lint.python import of_python
from shipway.schema.sql.parse import Source

FLYWAY = re.compile(r"^(?:[VUB][0-9][0-9._]*|R)__.+\.sql$")
ALEMBIC = re.compile(r"^\s*(?:from alembic import|import alembic)", re.MULTILINE)
DJANGO = re.compile(r"^class Migration\(", re.MULTILINE)
FILES_MAX = 100_000
STDIN = "-"
CHANGES = (".yaml", ".yml")
SUFFIXES = (".sql", ".py", *CHANGES)
CHANGE = re.compile(r"^change:", re.MULTILINE)


class NoMigration(ShipwayError):
    """A file of a migration that is not there, or no text."""

    code = "no-migration"


def read(paths: Iterable[Path], *, stdin: str | None, is_wrapped: bool, dialect: str = "") -> Iterator[Migration]:
    """Every migration of these files and folders. Raises `NoMigration`, or `InputErrors` of a change's file.

    `dialect` is whose SQL a program makes, where somebody has said so.
    """
    python: list[tuple[str, str]] = []
    for path in _files(paths):
        if str(path) == STDIN:
            yield Migration(name="<stdin>", sources=(Source(stdin or "", "<stdin>"),), is_wrapped=is_wrapped)
            continue
        text = _text(path)
        if path.suffix in CHANGES:
            parse_change(text, file=str(path))
            yield Migration(name=str(path))
        elif path.suffix == ".py":
            python.append((str(path), text))
        else:
            yield _plain(path, text, is_wrapped=is_wrapped)
    yield from _of_python(python, dialect)


def _plain(path: Path, text: str, *, is_wrapped: bool) -> Migration:
    """Flyway runs a file in a transaction, unless what it holds cannot run in one."""
    is_flyway = bool(FLYWAY.match(path.name)) and "concurrently" not in text.lower()
    return Migration(name=str(path), sources=(Source(text, str(path)),), is_wrapped=is_wrapped or is_flyway)


def _of_python(files: list[tuple[str, str]], dialect: str) -> Iterator[Migration]:
    alembic = [(name, text) for name, text in files if ALEMBIC.search(text)]
    yield from of_alembic(alembic, dialect=dialect)
    for name, text in files:
        if (name, text) not in alembic:
            yield of_python(name, _tree(name, text), is_django=bool(DJANGO.search(text)))


def _tree(name: str, text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", 1) or 1
        raise NoMigration(
            f"{name} is not Python",
            where=f"{name}:{line}",
            why=f"{error}.",
            fix="Repair the file, or leave it out.",
        ) from error


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = [one for one in sorted(path.rglob("*")) if one.suffix in SUFFIXES and one.is_file()]
            yield from (one for one in found[:FILES_MAX] if one.suffix == ".sql" or _is_migration(one))
        else:
            yield path


def _is_migration(path: Path) -> bool:
    text = _text(path)
    if path.suffix in CHANGES:
        return bool(CHANGE.search(text))
    return bool(ALEMBIC.search(text) and "def upgrade" in text) or bool(DJANGO.search(text))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "It is not UTF-8"
        raise NoMigration(
            f"{path} cannot be read",
            where=str(path),
            why=f"{why}.",
            fix="Name a file with SQL, a folder of them, or - for standard input.",
        ) from error
