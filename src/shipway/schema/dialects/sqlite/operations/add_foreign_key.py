"""`add_foreign_key`: by the table's text; SQLite holds rows to it where `PRAGMA foreign_keys` is on."""

from collections.abc import Mapping

from shipway.schema.dialects.sqlite.editing import constrained, one, unconstrained
from shipway.schema.dialects.sqlite.text import quoted
from shipway.schema.operations.add_foreign_key import DELETES, OPTIONAL, REQUIRED
from shipway.schema.operations.built import Built, Check, Unfit
from shipway.schema.operations.options import columns
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Rows without a partner are counted. Raises `Unfit`."""
    words = columns(options, "columns", table, where=where)
    others = tuple(word.strip() for word in options["to"].split(","))
    delete = options.get("on_delete", DELETES[0]).lower()
    if len(others) != len(words) or delete not in DELETES:
        raise Unfit(
            "This foreign key does not fit together",
            where=where,
            why=f"`columns` and `to` have equally many names; `on_delete` is one of {', '.join(DELETES)}.",
            fix="Correct it.",
        )
    other, name = quoted(options["references"]), options.get("name") or f"{table.name}_{'_'.join(words)}_fkey"
    mine, theirs = (", ".join(quoted(word) for word in some) for some in (words, others))
    key = f"FOREIGN KEY ({mine}) REFERENCES {other} ({theirs}) ON DELETE {delete.upper()}"
    text = f"CONSTRAINT {quoted(name)} {key}"
    pairs = " AND ".join(f"o.{quoted(b)} = t.{quoted(a)}" for a, b in zip(words, others, strict=True))
    given = " AND ".join(f"t.{quoted(word)} IS NOT NULL" for word in words)
    orphans = f"FROM {quoted(table.name)} t WHERE {given} AND NOT EXISTS (SELECT 1 FROM {other} o WHERE {pairs})"
    return Built(
        expand=one(f"add {name}", constrained(table, text)),
        verify=(Check(what=f"no row breaks {name}", query=f"SELECT count(*) {orphans}"),),
        revert=one(f"drop {name}", unconstrained(table, text)),
    )
