"""Reads migrations and asks about each of them."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shipway.adapters.databases.opening import dialect_of
from shipway.errors import Exit, UnknownName
from shipway.schema.dialects.mysql.hazards import NAMES as MYSQL_NAMES
from shipway.schema.hazards import NAMES
from shipway.schema.lint.check import check
from shipway.schema.lint.files import STDIN, read
from shipway.schema.lint.hazard import Finding
from shipway.schema.lint.migration import Migration
from shipway.schema.lint.tables import POSTGRES, Server
from shipway.schema.sql.parse import Source
from shipway.spec.nearest import nearest
from shipway.spec.problems import WrongValue


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a person said of where the migrations run."""

    database: str | None = None
    version: int | None = None
    dialect: str | None = None
    release: str | None = None
    """Such as 10.11; of MariaDB or MySQL."""
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
    migrations = list(read(paths, stdin=stdin, is_wrapped=asked.is_in_transaction, dialect=server.dialect))
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
        found += _checked(source, server, migration)
    return found if len(found) == len(migration.blind) else sorted(found, key=lambda one: (one.line, one.column))


def _checked(source: Source, server: Server, migration: Migration) -> list[Finding]:
    """By the dialect that somebody named or a database or a project has, or that the text itself shows."""
    from shipway.schema.dialects.mysql import check as mysql

    dialect = server.dialect or migration.dialect or mysql.hinted(source.text) or POSTGRES
    if dialect == POSTGRES:
        return check(source, server, is_wrapped=migration.is_wrapped)
    return mysql.check(source, replace(server, dialect=dialect))


def _server(asked: Asked) -> Server:
    server = Server(dialect=asked.dialect or (POSTGRES if asked.version is not None else ""))
    if asked.database is not None:
        server = _read(asked.database)
    if asked.version is not None:
        server = replace(server, version=asked.version)
    return replace(server, release=_release(asked.release)) if asked.release else server


def _read(address: str) -> Server:
    if dialect_of(address) == "mariadb":
        from shipway.adapters.databases.mariadb import facts

        return facts.read_server(address)
    from shipway.adapters.databases.postgres.facts import read_server

    return read_server(address)


def _release(said: str) -> tuple[int, ...]:
    """`10.11` → (10, 11). Raises `WrongValue`."""
    if not re.fullmatch(r"\d{1,3}(\.\d{1,3}){0,2}", said):
        raise WrongValue(
            f"--server {said} is no version",
            where="--server",
            why="It is numbers with dots between them.",
            fix="Write one such as 10.11 or 8.4.",
        )
    return tuple(int(part) for part in said.split("."))


def _known(names: Sequence[str]) -> None:
    for name in names:
        if name not in (*NAMES, *MYSQL_NAMES):
            meant = nearest(name, (*NAMES, *MYSQL_NAMES))
            raise UnknownName(
                f"There is no hazard `{name}`",
                where=f"--without {name}",
                why="docs/guides/schema-lint.md lists all of them.",
                fix=f"Did you mean `{meant}`?" if meant else "Take a name from the linter's output.",
            )
