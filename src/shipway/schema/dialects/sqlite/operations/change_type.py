"""`change_type`: another type under the same name, or another meaning under a name of its own."""

from collections.abc import Mapping

from shipway.schema.dialects.sqlite.editing import expression
from shipway.schema.dialects.sqlite.pair import Pair, built, fit
from shipway.schema.dialects.sqlite.text import is_expression, quoted
from shipway.schema.operations.built import Built, Unfit
from shipway.schema.operations.change_type import OPTIONAL, REQUIRED
from shipway.schema.operations.finding import column_of
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`up` and `down` are expressions over the old and the new column; casts without them. Raises `Unfit`."""
    old, kind = column_of(table, options["column"], where=where), options["to"]
    up, down = expression(options, "up", where=where), expression(options, "down", where=where)
    if not is_expression(kind) or ("as" not in options and (up or down)):
        raise Unfit(
            "This is no change of a type",
            where=where,
            why="`to` is a type alone, and with `up` or `down` a value means something else and needs `as`.",
            fix="Correct it.",
        )
    new = options.get("as") or f"{old.name}_shipway"
    pair = Pair(
        change=change,
        table=table,
        old=old,
        new=new,
        type=kind,
        up=up or f"CAST({quoted(old.name)} AS {kind})",
        down=down or f"CAST({quoted(new)} AS {old.type})",
        final=new if "as" in options else old.name,
    )
    fit(pair, where=where)
    return built(pair)
