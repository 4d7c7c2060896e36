"""`add_foreign_key`: refused for new rows at once, checked for old ones while everybody works."""

from collections.abc import Mapping

from shipway.schema.operations.built import Built, Unfit
from shipway.schema.operations.options import columns, joined
from shipway.schema.operations.validating import validated
from shipway.schema.sql.names import quoted, shortened
from shipway.schema.table import Table

REQUIRED = ("table", "columns", "references", "to")
OPTIONAL = ("schema", "name", "on_delete")
DELETES = ("no action", "restrict", "cascade", "set null", "set default")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`references` is the other table, `to` its columns; rows without a partner are counted. Raises `Unfit`."""
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
    other = ".".join(quoted(part) for part in options["references"].split("."))
    name = options.get("name") or shortened(f"{table.name}_{'_'.join(words)}", "_fkey")
    definition = f"FOREIGN KEY ({joined(words)}) REFERENCES {other} ({joined(others)}) ON DELETE {delete.upper()}"
    pairs = " AND ".join(f"o.{quoted(b)} = t.{quoted(a)}" for a, b in zip(words, others, strict=True))
    given = " AND ".join(f"t.{quoted(word)} IS NOT NULL" for word in words)
    broken = (
        f"SELECT count(*) FROM {table.sql} t WHERE {given} AND NOT EXISTS (SELECT FROM {other} o WHERE {pairs})"
    )
    return validated(table, name, definition, broken=broken)
