"""`add_foreign_key`: refused for new rows at once; old rows are counted by us, since MariaDB would copy."""

from collections.abc import Mapping

from shipway.schema.dialects.mariadb.altering import NOCOPY, altered, has_constraint, has_not, instant
from shipway.schema.dialects.mariadb.names import quoted, shortened, table_name
from shipway.schema.operations.add_foreign_key import DELETES, OPTIONAL, REQUIRED
from shipway.schema.operations.built import Batch, Built, Check, Unfit
from shipway.schema.operations.options import columns
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Rows without a partner are counted once new ones cannot come any more. Raises `Unfit`."""
    words = columns(options, "columns", table, where=where)
    others = tuple(word.strip() for word in options["to"].split(","))
    delete = options.get("on_delete", DELETES[0]).lower()
    if len(others) != len(words) or delete not in DELETES[:-1]:
        raise Unfit(
            "This foreign key does not fit together",
            where=where,
            why=f"`columns` and `to` have equally many names; `on_delete` is one of {', '.join(DELETES[:-1])}.",
            fix="Correct it.",
        )
    name = options.get("name") or shortened(f"{table.name}_{'_'.join(words)}", "_fkey")
    same = [one for one in table.indexes if one.name.lower() == name.lower()]
    serves = any(one.columns[: len(words)] == tuple(words) for one in same)
    if name.lower() in (one.name.lower() for one in table.constraints) or (same and not serves):
        raise Unfit(f"{table.name} has a {name}", where=where, why="It is there.", fix="Take another name.")
    parts = options["references"].split(".")
    other = ".".join(quoted(part) for part in (parts if len(parts) > 1 else (table.schema, *parts)))
    mine, theirs = (", ".join(quoted(word) for word in some) for some in (words, others))
    text = f"ADD CONSTRAINT {quoted(name)} FOREIGN KEY ({mine}) REFERENCES {other} ({theirs})"
    pairs = " AND ".join(f"o.{quoted(b)} = t.{quoted(a)}" for a, b in zip(words, others, strict=True))
    given = " AND ".join(f"t.{quoted(word)} IS NOT NULL" for word in words)
    orphans = f"FROM {table_name(table)} t WHERE {given} AND NOT EXISTS (SELECT 1 FROM {other} o WHERE {pairs})"
    drop = f"DROP FOREIGN KEY IF EXISTS {quoted(name)}"
    return Built(
        expand=(
            Batch(
                statements=(
                    altered(table, f"{text} ON DELETE {delete.upper()}", algorithm=NOCOPY, unchecked=True),
                ),
                what=f"add {name} for new rows",
                is_long=True,
                proof=has_constraint(table, name),
            ),
        ),
        verify=(Check(what=f"no row breaks {name}", query=f"SELECT count(*) {orphans}"),),
        revert=(
            instant(f"drop {name}", table, drop, proof=has_not(has_constraint(table, name))),
            *(() if serves else _index(table, name)),
        ),
    )


def _index(table: Table, name: str) -> tuple[Batch, ...]:
    """MariaDB makes one of the key's name, where none was there that would do."""
    text = altered(table, f"DROP INDEX IF EXISTS {quoted(name)}", algorithm=NOCOPY)
    return (Batch(statements=(text,), what=f"drop the index {name}"),)
