"""`change_type`: a column of another type takes the place of one, in the end under its name or under a new one."""

from collections.abc import Mapping

from shipway.schema.dialects.mariadb.fitting import family
from shipway.schema.dialects.mariadb.keys import changeable
from shipway.schema.dialects.mariadb.names import quoted, shortened
from shipway.schema.dialects.mariadb.pair import TEXTS, Pair, built, fit
from shipway.schema.dialects.mariadb.reading import expression, type_of
from shipway.schema.operations.built import Built, Unfit
from shipway.schema.operations.change_type import OPTIONAL, REQUIRED
from shipway.schema.operations.finding import column_of
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]
NUMBERS = ("tinyint", "smallint", "mediumint", "int", "integer", "bigint", "decimal", "numeric")
TIMES = ("date", "datetime", "timestamp")
FAMILIES = (NUMBERS, TEXTS, TIMES, ("binary", "varbinary"))
"""Within one of these a value means the same in another type, if it fits; the server refuses what does not."""


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`up` and `down` are expressions over the old and the new column. Raises `Unfit`."""
    old = column_of(table, options["column"], where=where)
    kind = type_of(options, "to", where=where)
    up, down = expression(options, "up", where=where), expression(options, "down", where=where)
    if "as" not in options and (up or down):
        raise Unfit(
            "A value that means something else needs a name of its own",
            where=where,
            why="Without `as` old and new code use one name, and could not tell which meaning it has.",
            fix="Add `as: …`.",
        )
    if not (up and down) and not _means_the_same(old.type, kind):
        raise Unfit(
            f"{old.type} and {kind} do not mean the same",
            where=where,
            why="MariaDB would turn one into the other without a word, also where something is lost.",
            fix="Add `as`, `up` and `down`: what the new value is, and what the old one.",
        )
    new = options.get("as") or shortened(old.name, "_shipway")
    pair = Pair(
        change=change,
        table=table,
        old=old,
        new=new,
        type=kind,
        up=up or quoted(old.name),
        down=down or quoted(new),
        takes_name="as" not in options,
    )
    changeable(table, old, kind, where=where)
    fit(pair, where=where)
    return built(pair)


def _means_the_same(old: str, new: str) -> bool:
    return any(family(old) in one and family(new) in one for one in FAMILIES)
