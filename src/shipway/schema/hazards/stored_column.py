"""ADD COLUMN GENERATED … STORED."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import quoted
from shipway.schema.sql.rewrite import expression, type_name

VIRTUAL_SINCE = 18


def find(step: Step) -> Iterator[Found]:
    """On a table in use; VIRTUAL ones cost nothing."""
    for one in alterations(step, "AT_AddColumn"):
        generated = one.constraint("CONSTR_GENERATED")
        if not generated or generated.text("generated_kind") == "v":
            continue
        column = quoted(one.definition.text("colname"))
        kind, value = type_name(one.definition.node("type_name")), expression(generated.node("raw_expr"))
        virtual = f"ALTER TABLE {one.table} ADD COLUMN {column} {kind} GENERATED ALWAYS AS ({value}) VIRTUAL;"
        by_trigger = (
            f"ALTER TABLE {one.table} ADD COLUMN {column} {kind};",
            f"-- a BEFORE INSERT OR UPDATE trigger sets it to {value}; then fill in batches",
        )
        yield Found(
            what=f"Nobody reads or writes {one.table} until {value} is computed for every row.",
            fix=(virtual,) if step.server.version >= VIRTUAL_SINCE else by_trigger,
            table=one.name,
            at=one.definition,
        )


HAZARD = Hazard(
    name="stored-column",
    title="ADD COLUMN GENERATED … STORED",
    why="The value is written into every row, with the whole table, under an ACCESS EXCLUSIVE lock. VIRTUAL "
    "columns "
    "(since 18) are computed when they are read, and are there at once.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.REWRITE,
    squawk=("adding-field-with-default",),
    kinds=("AlterTableStmt",),
    find=find,
)
