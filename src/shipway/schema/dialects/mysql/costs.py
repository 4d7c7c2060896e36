"""What a part of an ALTER TABLE costs, by server and version.

Sources: MariaDB's manual, "InnoDB Online DDL Operations with the INSTANT/NOCOPY/INPLACE Alter Algorithm", and
a MariaDB 10.11 that was asked; MySQL's manual, 17.12.1 "Online DDL Operations", tables 17.15 to 17.22.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from shipway.schema.dialects.mysql.altering import Part

MARIADB, MYSQL = "mariadb", "mysql"
OLDEST = {MARIADB: (10, 6), MYSQL: (8, 4)}
"""What is assumed when nobody says: the oldest that is still repaired."""
NEVER = (99,)


class Way(IntEnum):
    """How it is done, the worst last."""

    INSTANT = 0
    BUILT = 1
    """An index, beside writers."""
    REBUILT = 2
    """The whole table, beside writers."""
    SHARED = 3
    """Beside readers alone."""
    COPIED = 4
    """The whole table, beside readers alone."""


@dataclass(frozen=True)
class Cost:
    """Of one part."""

    way: Way
    why: str = ""
    is_sure: bool = True
    """Whether it holds whatever the column was before."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where it runs."""

    dialect: str
    release: tuple[int, ...]
    types: dict[str, str]
    """Columns of the table as they are; empty where nobody was asked."""
    required: frozenset[str] = frozenset()
    """Those that are NOT NULL."""
    checks_keys: bool = True
    """Whether `foreign_key_checks` is on."""

    def since(self, mariadb: tuple[int, ...], mysql: tuple[int, ...]) -> bool:
        """Whether the server is at least so new."""
        return self.release >= (mariadb if self.dialect == MARIADB else mysql)


def costs(parts: tuple[Part, ...], place: Place) -> list[tuple[Part, Cost]]:
    """Of each part of one statement. A primary key that is exchanged for another is not one that is dropped."""
    is_exchanged = any(part.begins("ADD") and part.has("PRIMARY", "KEY") for part in parts)
    found = [(part, cost(part, place)) for part in parts]
    return [
        (part, Cost(Way.REBUILT) if is_exchanged and part.begins("DROP", "PRIMARY") else one)
        for part, one in found
    ]


def cost(part: Part, place: Place) -> Cost:
    """Of a part that says what it does; `Way.INSTANT` for what only changes the catalog."""
    for test in (_column, _changed, _index, _constraint, _table):
        found = test(part, place)
        if found is not None:
            return found
    return Cost(Way.INSTANT)


def _column(part: Part, place: Place) -> Cost | None:
    if part.begins("ADD") and part.is_column:
        return _added(part, place)
    if part.begins("DROP") and part.is_column and not part.has("DEFAULT"):
        return Cost(Way.INSTANT if place.since((10, 4), (8, 0, 29)) else Way.REBUILT)
    return None


def _added(part: Part, place: Place) -> Cost:
    if part.has("STORED") or part.has("PERSISTENT"):
        return Cost(Way.COPIED, "a stored generated column is computed for every row")
    if part.has("AUTO_INCREMENT"):
        return Cost(Way.COPIED if place.dialect == MARIADB else Way.SHARED, "every row gets a number")
    if part.has("DEFAULT", "(") or _calls(part):
        return Cost(Way.COPIED, "a default that is computed is computed for every row")
    if part.has("UNIQUE") or part.has("PRIMARY"):
        return Cost(Way.REBUILT, "its index is built with it")
    if part.has("FIRST") or part.has("AFTER"):
        return Cost(Way.INSTANT if place.since((10, 4), (8, 0, 29)) else Way.REBUILT)
    return Cost(Way.INSTANT if place.since((10, 3), (8, 0, 12)) else Way.REBUILT)


def _calls(part: Part) -> bool:
    """A default such as `UUID()`; the time of now is a constant."""
    keys = part.keys
    at = keys.index("DEFAULT") if "DEFAULT" in keys else len(keys)
    is_call = at + 2 < len(keys) and part.words[at + 2].text == "("
    return is_call and keys[at + 1] not in ("CURRENT_TIMESTAMP", "NOW", "LOCALTIMESTAMP", "LOCALTIME")


def _changed(part: Part, place: Place) -> Cost | None:
    if not (part.begins("MODIFY") or part.begins("CHANGE")):
        return None
    new, old = _type_said(part), place.types.get(part.column, "")
    if old and _plain(old) != _plain(new):
        return _retyped(old, new, place)
    if old:
        is_changed = part.has("NOT", "NULL") != (part.column in place.required)
        return Cost(Way.REBUILT, "NOT NULL, or the lack of it, is changed") if is_changed else None
    return Cost(Way.COPIED, "unless its type stays what it is, every row is written anew", is_sure=False)


def _retyped(old: str, new: str, place: Place) -> Cost:
    before, after = _length(old), _length(new)
    if before and after and before <= after and _family(old) == _family(new) == "varchar":
        grows = (before * 4 <= 255) == (after * 4 <= 255) or (place.dialect == MARIADB and before > 63)
        if grows:
            return Cost(Way.INSTANT)
        return Cost(Way.COPIED, "its length crosses 255 bytes, and then takes two bytes to say")
    if _family(old) == _family(new) in ("enum", "set") and _plain(new).startswith(_plain(old).removesuffix(")")):
        return Cost(Way.INSTANT)
    return Cost(Way.COPIED, f"{old} becomes {new}, so every row is written anew")


def _type_said(part: Part) -> str:
    """The type in a MODIFY or CHANGE, as it is written."""
    words = [word for word in part.words[1:] if word.key not in ("COLUMN", "IF", "EXISTS")]
    words = words[2:] if part.begins("CHANGE") else words[1:]
    said, depth = "", 0
    for word in words:
        depth += (word.text == "(") - (word.text == ")")
        if said and depth == 0 and word.text != ")" and word.key != "UNSIGNED":
            break
        said += f" {word.text}" if word.key == "UNSIGNED" else f"'{word.text}'" if word.is_text else word.text
    return said.lower()


def _plain(kind: str) -> str:
    """Without the width of integers, which means nothing."""
    return re.sub(r"^((?:tiny|small|medium|big)?int)(?:eger)?\(\d+\)", r"\1", kind.lower().replace(" ", ""))


def _family(kind: str) -> str:
    return re.split(r"[( ]", kind.lower())[0]


def _length(kind: str) -> int:
    found = re.match(r"varchar\((\d+)\)", kind.lower())
    return int(found[1]) if found else 0


def _index(part: Part, place: Place) -> Cost | None:
    if part.begins("DROP", "PRIMARY"):
        return Cost(Way.COPIED, "a primary key that is dropped alone leaves the table without its order")
    if not part.begins("ADD"):
        return None
    if part.has("FULLTEXT") or part.has("SPATIAL"):
        return Cost(Way.SHARED, "an index of this kind is not built beside writers")
    if part.has("PRIMARY", "KEY"):
        return Cost(Way.REBUILT, "the table is laid out by its primary key")
    if part.has("INDEX") or part.has("UNIQUE") or part.keys[1:2] == ("KEY",):
        return Cost(Way.BUILT)
    return None


def _constraint(part: Part, place: Place) -> Cost | None:
    if not part.begins("ADD"):
        return None
    if part.has("FOREIGN", "KEY"):
        copied = Cost(Way.COPIED, "with foreign_key_checks on, every row is looked at in a copy")
        return copied if place.checks_keys else Cost(Way.BUILT)
    return Cost(Way.COPIED, "every row is looked at in a copy") if part.has("CHECK") else None


def _table(part: Part, place: Place) -> Cost | None:
    if part.begins("CONVERT"):
        return Cost(Way.COPIED, "every text is written anew")
    if part.begins("ENGINE"):
        engine = part.words[-1].text.lower()
        return (
            Cost(Way.REBUILT) if engine == "innodb" else Cost(Way.COPIED, "another engine keeps rows another way")
        )
    if part.begins("PARTITION", "BY") or part.begins("REMOVE", "PARTITIONING"):
        return Cost(Way.COPIED, "every row is put into its partition")
    if part.begins("REORGANIZE") or part.begins("COALESCE"):
        return Cost(Way.COPIED, "rows move between partitions")
    if part.begins("ROW_FORMAT") or part.begins("KEY_BLOCK_SIZE") or part.begins("FORCE") or part.begins("ORDER"):
        return Cost(Way.REBUILT)
    return None
