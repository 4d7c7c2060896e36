"""Reads migrations and asks about each of them."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shipway.errors import Exit, UnknownName
from shipway.schema.hazards import NAMES
from shipway.schema.lint.check import check
from shipway.schema.lint.files import STDIN, read
from shipway.schema.lint.hazard import Finding
from shipway.schema.lint.migration import Migration
from shipway.schema.lint.tables import Server
from shipway.spec.nearest import nearest


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a person said of where the migrations run."""

    database: str | None = None
    version: int | None = None
    without: tuple[str, ...] = ()
    is_in_transaction: bool = False


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What was found in how many files."""

    findings: tuple[Finding, ...]
    files: int
    server: Server


def look(paths: Sequence[Path], asked: Asked) -> Looked:
    """Every finding, in the order of the files. Raises `ShipwayError`."""
    _known(asked.without)
    server = _server(asked)
    stdin = sys.stdin.read() if any(str(path) == STDIN for path in paths) else None
    migrations = list(read(paths, stdin=stdin, is_wrapped=asked.is_in_transaction))
    found = [
        one for migration in migrations for one in _of(migration, server) if one.hazard.name not in asked.without
    ]
    return Looked(findings=tuple(found), files=len(migrations), server=server)


def exit_code(looked: Looked) -> Exit:
    """Advice alone stops nobody."""
    return Exit.REFUSED if any(one.is_hazard for one in looked.findings) else Exit.DONE


def _of(migration: Migration, server: Server) -> list[Finding]:
    found = [*migration.blind]
    for source in migration.sources:
        found += check(source, server, is_wrapped=migration.is_wrapped)
    return found if len(found) == len(migration.blind) else sorted(found, key=lambda one: (one.line, one.column))


def _server(asked: Asked) -> Server:
    from dataclasses import replace

    server = Server()
    if asked.database is not None:
        from shipway.adapters.databases.postgres.facts import read_server

        server = read_server(asked.database)
    return server if asked.version is None else replace(server, version=asked.version)


def _known(names: Sequence[str]) -> None:
    for name in names:
        if name not in NAMES:
            meant = nearest(name, NAMES)
            raise UnknownName(
                f"There is no hazard `{name}`",
                where=f"--without {name}",
                why="docs/guides/schema-lint.md lists all of them.",
                fix=f"Did you mean `{meant}`?" if meant else "Take a name from the linter's output.",
            )
