"""ALTER COLUMN TYPE."""

import re
from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Alteration, Step, alterations
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import quoted, shortened
from shipway.schema.sql.rewrite import type_name

VARCHAR = re.compile(r"(?:character varying|varchar)(?:\((\d+)\))?$")
NUMERIC = re.compile(r"(?:numeric|decimal)(?:\((\d+),\s*(\d+)\))?$")


def find(step: Step) -> Iterator[Found]:
    """Unless the database says that the old type is stored in the same way."""
    for one in alterations(step, "AT_AlterColumnType"):
        new = type_name(one.definition.node("type_name"))
        table = step.known(one.name)
        old = table.types.get(one.column, "") if table else ""
        if not old or one.definition.node("raw_default") or not is_free(old, new):
            yield _found(one, old, new)


def is_free(old: str, new: str) -> bool:
    """Whether PostgreSQL changes the type without touching rows: varchar that grows, numeric of the same scale."""
    if old == new:
        return True
    was, becomes = VARCHAR.match(old), VARCHAR.match(new)
    if was and (new == "text" or (becomes and _grows(was[1], becomes[1]))):
        return True
    if old == "text" and becomes and becomes[1] is None:
        return True
    number, wider = NUMERIC.match(old), NUMERIC.match(new)
    if number and wider:
        return wider[1] is None or (number[2] == wider[2] and _grows(number[1], wider[1]))
    return (old, new) == ("cidr", "inet")


def _grows(was: str | None, becomes: str | None) -> bool:
    return becomes is None or (was is not None and int(becomes) >= int(was))


def _found(one: Alteration, old: str, new: str) -> Found:
    column, other = quoted(one.column), quoted(shortened(one.column, "_new"))
    said = f" from {old}" if old else ""
    return Found(
        what=f"Nobody reads or writes {one.table} until {column} is changed{said} to {new} in every row and "
        "index.",
        fix=(
            f"ALTER TABLE {one.table} ADD COLUMN {other} {new};",
            "-- write both columns (a trigger does it for every version of the code), fill the rows in",
            f"-- batches, let the code read {other}, and drop {column} when nobody uses it any more",
        ),
        table=one.name,
        at=one.command,
    )


HAZARD = Hazard(
    name="change-type",
    title="ALTER COLUMN TYPE",
    why="Most changes write the table and all its indexes anew under an ACCESS EXCLUSIVE lock, and running "
    "code meets "
    "a type that it does not expect. Only growing varchar and numeric of the same scale is free; with --database "
    "those are told apart.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.REWRITE,
    squawk=("changing-column-type",),
    kinds=("AlterTableStmt",),
    find=find,
)
