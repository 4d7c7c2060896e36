"""A key of another type: MariaDB does that by a copy of the table alone, and what to run instead.

A second column could not be kept equal to one that numbers the rows: a trigger runs before a row has its number.
So it is what pt-online-schema-change and gh-ost do, a copy beside the writers; from 11.2 the server can as well.
Both ends of a foreign key have one type, so no tool changes them while the key is there.
"""

import shlex
from collections.abc import Iterator

from msgspec import structs

from shipway.schema.dialects.mariadb.columns import defined
from shipway.schema.dialects.mariadb.fitting import family
from shipway.schema.dialects.mariadb.names import literal, quoted, table_name
from shipway.schema.dialects.mariadb.pair import TEXTS
from shipway.schema.operations.built import Unfit
from shipway.schema.table import Column, Table

COPIES_ONLINE = 1102
"""From 11.2 on a copy may be made with LOCK=NONE."""
GUIDE = "docs/guides/schema-mariadb.md#a-key-that-comes-to-its-end"
NUMBERS = "it numbers its rows"


def changeable(table: Table, column: Column, kind: str, *, where: str) -> None:
    """Raises `Unfit` for a key, and for an end of a foreign key, with what to do instead."""
    keys = [*_foreign(table, column)]
    is_key = column.name in table.key or column.special == NUMBERS
    if not is_key and not keys:
        return
    raise Unfit(
        f"{table.name}.{column.name} cannot become {kind} in place",
        where=where,
        why=f"{_why(column, is_key=is_key, keys=keys)}.",
        fix=_fix(_instead(table, column, kind) if is_key else "", keys),
    )


def _foreign(table: Table, column: Column) -> Iterator[str]:
    for one in table.constraints:
        if one.kind == "f" and column.name in one.columns:
            yield f"{one.name} of {one.other if one.is_incoming else table.name}"


def _why(column: Column, *, is_key: bool, keys: list[str]) -> str:
    numbers = "It numbers the rows" if column.special == NUMBERS else "It is part of the primary key"
    parts = [f"{numbers}, and MariaDB changes that only by copying the table"] if is_key else []
    parts += [f"{', '.join(keys)} needs one type at both ends"] if keys else []
    return "; ".join(parts)


def _fix(instead: str, keys: list[str]) -> str:
    if not keys:
        return f"Copy it beside the writers: {instead}"
    first = f"Drop {', '.join(keys)}, change both ends, add it again by `add_foreign_key`: {GUIDE}"
    return f"{first}; this end: {instead}" if instead else first


def _instead(table: Table, column: Column, kind: str) -> str:
    """Ready to run, beside the writers. MODIFY forgets what is not said; in another collation keys may collide."""
    number = " AUTO_INCREMENT" if column.special == NUMBERS else ""
    stays = family(kind) == family(column.type)
    same = structs.replace(
        column,
        type=kind,
        collation=column.collation if family(kind) in TEXTS else "",
        default=column.default if stays else "",
        comment="",
    )
    comment = f" COMMENT {literal(column.comment)}" if column.comment else ""
    part = f"MODIFY {quoted(column.name)} {defined(same, is_required=True)}{number}{comment}"
    if table.server >= COPIES_ONLINE:
        return f"ALTER TABLE {table_name(table)} {part}, ALGORITHM=COPY, LOCK=NONE"
    at = f"D={table.schema},t={table.name}"
    return f"pt-online-schema-change --execute --alter {shlex.quote(part)} {shlex.quote(at)}"
