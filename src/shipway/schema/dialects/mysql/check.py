"""Every hazard asked about every statement of a text of MySQL or MariaDB."""

import re
from collections.abc import Iterator

from shipway.schema.dialects.mysql.altering import altered
from shipway.schema.dialects.mysql.costs import MARIADB, MYSQL, OLDEST, Place
from shipway.schema.dialects.mysql.hazards import RULES, Step
from shipway.schema.dialects.mysql.words import Said, said
from shipway.schema.lint.check import ignored_by_line, is_ignored
from shipway.schema.lint.hazard import Finding
from shipway.schema.lint.tables import Server
from shipway.schema.sql.parse import Source

COMMENTS = re.compile(r"/\*(?!M?!).*?\*/|--[ \t][^\n]*|#[^\n]*", re.DOTALL)
SIGNS = re.compile(
    r"\bENGINE\s*=\s*\w|\bAUTO_INCREMENT\b|\bALGORITHM\s*=|\bCHARSET\s*=|^\s*DELIMITER\s", re.I | re.M
)
SAID = re.compile(r"(?:--|#)\s*shipway:\s*dialect\s+(mariadb|mysql|postgres)\b", re.IGNORECASE)
LOCKING = (("CREATE", "INDEX"), ("DROP", "INDEX"), ("RENAME", "TABLE"), ("DROP", "TABLE"), ("TRUNCATE",))


def hinted(text: str) -> str:
    """Which dialect a text says that it is in, or shows; empty where it shows none."""
    if found := SAID.search(text):
        return found[1].lower()
    return MYSQL if SIGNS.search(COMMENTS.sub("", text)) else ""


def check(source: Source, server: Server) -> list[Finding]:
    """What is wrong, in the order of the text. Raises `NoMariadb` without the scanner."""
    return sorted(_found(source, server), key=lambda one: (one.line, one.column, not one.is_hazard))


def _found(source: Source, server: Server) -> Iterator[Finding]:
    ignored = ignored_by_line(source.text.splitlines())
    created, settings, has_locked = frozenset[str](), frozenset[str](), False
    for one in said(source):
        step = _step(one, server, created=created, settings=settings, has_locked=has_locked)
        for hazard, find in RULES:
            if not is_ignored(hazard, ignored, one.statement):
                for found in find(step):
                    line, column = one.statement.place()
                    yield Finding(
                        hazard=hazard,
                        found=found,
                        file=source.name,
                        line=line,
                        column=column,
                        statement=one.statement.text,
                    )
        created |= _created(one)
        settings |= _settings(one)
        has_locked = has_locked or step.is_first_lock


def _step(
    one: Said, server: Server, *, created: frozenset[str], settings: frozenset[str], has_locked: bool
) -> Step:
    dialect = server.dialect if server.dialect in OLDEST else MYSQL
    change = altered(one)
    known = server.tables.get(change.table) if change else None
    place = Place(
        dialect=dialect,
        release=server.release or OLDEST[dialect],
        types=dict(known.types) if known else {},
        required=known.required if known else frozenset(),
        checks_keys="foreign_key_checks = 0" not in settings,
    )
    keys = tuple(word.key for word in one.words)
    if server.is_asked and change and known is None:
        created = created | {change.table}
    is_used = change is not None and change.table not in created
    locks = is_used or any(keys[: len(words)] == words for words in LOCKING[2:])
    return Step(
        said=one,
        altered=change,
        place=place,
        created=created,
        settings=settings,
        is_first_lock=locks and not has_locked,
    )


def _created(one: Said) -> frozenset[str]:
    keys = [word.key for word in one.words]
    if keys[:1] != ["CREATE"] or "TABLE" not in keys[1:4]:
        return frozenset()
    rest = [word for word in one.words[keys.index("TABLE") + 1 :] if word.key not in ("IF", "NOT", "EXISTS")]
    names = rest[2:3] if len(rest) > 2 and rest[1].text == "." else rest[:1]
    return frozenset(word.text for word in names)


def _settings(one: Said) -> frozenset[str]:
    """Variables that a SET sets; of foreign_key_checks also to what."""
    words = [word.text.lower().lstrip("@") for word in one.words]
    if words[:1] != ["set"]:
        return frozenset()
    found = {word for word in words[1:] if word.isidentifier()}
    for at, word in enumerate(words):
        if word == "foreign_key_checks" and words[at + 1 : at + 3] in (["=", "0"], ["=", "off"]):
            found.add("foreign_key_checks = 0")
    return frozenset(found)


__all__ = ["MARIADB", "MYSQL", "check", "hinted"]
