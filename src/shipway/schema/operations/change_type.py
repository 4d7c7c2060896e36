"""`change_type`: a column of another type takes the place of one, in the end under its name or under a new one."""

from collections.abc import Mapping

from shipway.schema.operations.built import Built, Unfit
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.options import expression, type_of
from shipway.schema.operations.pair import Pair, built, fit
from shipway.schema.sql.names import quoted, shortened
from shipway.schema.table import Table

REQUIRED = ("table", "column", "to")
OPTIONAL = ("schema", "as", "up", "down")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`up` and `down` are expressions over the old and the new column; casts without them. Raises `Unfit`."""
    old = column_of(table, options["column"], where=where)
    kind = type_of(options, "to", where=where)
    if "as" not in options and {"up", "down"} & options.keys():
        raise Unfit(
            "A value that means something else needs a name of its own",
            where=where,
            why="Without `as` old and new code use one name, and could not tell which meaning it has.",
            fix="Add `as: …`.",
        )
    new = options.get("as") or shortened(old.name, "_shipway")
    pair = Pair(
        change=change,
        table=table,
        old=old,
        new=new,
        type=kind,
        up=expression(options, "up", where=where) or f"{quoted(old.name)}::{kind}",
        down=expression(options, "down", where=where) or f"{quoted(new)}::{old.type}",
        takes_name="as" not in options,
    )
    fit(pair, where=where)
    return built(pair)
