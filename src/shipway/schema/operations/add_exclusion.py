"""`add_exclusion`: only on a table that is small, since PostgreSQL builds its index under a lock on everybody."""

from collections.abc import Mapping

from shipway.schema.operations.built import Batch, Built, Unfit
from shipway.schema.operations.options import expression
from shipway.schema.sql.names import quoted, shortened
from shipway.schema.sql.node import Node
from shipway.schema.sql.parse import Source, statements
from shipway.schema.sql.rewrite import printed_constraint
from shipway.schema.table import Table

REQUIRED = ("table", "exclude")
OPTIONAL = ("schema", "name", "using", "where")
ROWS_MAX = 10_000
LIMIT_MS = 100
"""Also a table of which nobody has counted the rows stops others no longer than this."""


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`exclude` is what stands between the brackets: `room WITH =, during WITH &&`. Raises `Unfit`."""
    name = options.get("name") or shortened(f"{table.name}_{change}", "_excl")
    definition = _definition(options, name, where=where)
    if table.rows > ROWS_MAX:
        raise Unfit(
            f"{table.name} has about {table.rows:,} rows, too many for an exclusion constraint",
            where=where,
            why="PostgreSQL cannot build its index while others work: nobody would read or write meanwhile.",
            fix="Put it on a new table that a trigger keeps equal, and exchange the two.",
        )
    return Built(
        finish=(
            Batch(
                statements=(f"ALTER TABLE {table.sql} ADD {definition}",),
                what=f"add {name}, in at most {LIMIT_MS} ms",
                limit_ms=LIMIT_MS,
            ),
        ),
        revert=(
            Batch(
                statements=(f"ALTER TABLE {table.sql} DROP CONSTRAINT IF EXISTS {quoted(name)}",),
                what=f"drop {name}",
                undoes=("finish", 0),
            ),
        ),
    )


def _definition(options: Mapping[str, str], name: str, *, where: str) -> str:
    condition = expression(options, "where", where=where)
    using = quoted(options.get("using", "gist"))
    text = f"ALTER TABLE t ADD EXCLUDE USING {using} ({options['exclude']})"
    found = statements(Source(f"{text} WHERE ({condition})" if condition else text, where))
    commands = found[0].node.nodes("cmds") if len(found) == 1 else ()
    constraint = commands[0].node("def") if len(commands) == 1 else Node()
    if constraint.text("contype") != "CONSTR_EXCLUSION":
        raise Unfit(
            f"`exclude: {options['exclude']}` is nothing that can be excluded",
            where=where,
            why="PostgreSQL does not read it as that.",
            fix="Write columns or expressions with their operators, such as room WITH =, during WITH &&.",
        )
    return printed_constraint(constraint, lambda message: setattr(message, "conname", name))
