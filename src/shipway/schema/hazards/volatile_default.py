"""ADD COLUMN with a default that is computed for every row."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Alteration, Step, alterations
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import quoted
from shipway.schema.sql.node import Node
from shipway.schema.sql.rewrite import expression, type_name

STABLE_SINCE = 11
"""Before, any default rewrote the table."""
_KNOWN = """
    now transaction_timestamp statement_timestamp lower upper md5 concat coalesce length trim btrim ltrim rtrim
    left right substring replace round abs floor ceil to_char to_date to_timestamp to_json to_jsonb
    jsonb_build_object jsonb_build_array json_build_object json_build_array date_trunc date_part make_date
    make_interval make_timestamp timezone encode decode sha256 array_fill current_setting current_database
    current_schema pg_backend_pid version int4range int8range numrange tsrange tstzrange daterange
"""
KNOWN = frozenset(_KNOWN.split())
"""Functions of PostgreSQL that are not volatile: computed once, and the table is not touched."""
_QUIET = """
    A_Const TypeCast TypeName String Integer Float SQLValueFunction A_ArrayExpr RowExpr A_Expr CoalesceExpr
    CollateClause Boolean BitString BoolExpr CaseExpr CaseWhen MinMaxExpr List FuncCall NullTest
"""
QUIET = frozenset(_QUIET.split())


def find(step: Step) -> Iterator[Found]:
    """A default that may differ from row to row; before 11 every default."""
    for one in alterations(step, "AT_AddColumn"):
        default = one.constraint("CONSTR_DEFAULT").node("raw_expr")
        if default and (step.server.version < STABLE_SINCE or not is_stable(default)):
            yield _found(one, default)


def is_stable(default: Node) -> bool:
    """Whether PostgreSQL computes it once; a function that it does not bring along counts as volatile."""
    return all(one.kind in QUIET and (one.kind != "FuncCall" or _name(one) in KNOWN) for one in default.walk())


def _name(call: Node) -> str:
    return call.words("funcname")[-1]


def _found(one: Alteration, default: Node) -> Found:
    table, column, value = one.table, quoted(one.definition.text("colname")), expression(default)
    kind = type_name(one.definition.node("type_name"))
    return Found(
        what=f"Nobody reads or writes {table} until {value} is computed for every row.",
        fix=(
            f"ALTER TABLE {table} ADD COLUMN {column} {kind};",
            f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {value};",
            "-- then in batches, each in its own transaction:",
            f"UPDATE {table} SET {column} = {value} WHERE {column} IS NULL AND …;",
        ),
        table=one.name,
        at=one.definition,
    )


HAZARD = Hazard(
    name="volatile-default",
    title="ADD COLUMN with a default that is computed for every row",
    why="A constant or now() is kept once, beside the table. A volatile default is written into every row, "
    "with the "
    "whole table and its indexes, under an ACCESS EXCLUSIVE lock.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.REWRITE,
    squawk=("adding-field-with-default",),
    find=find,
)
