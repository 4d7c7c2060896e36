"""Whether an expression has the same value for every row of a statement."""

from shipway.schema.sql.node import Node
from shipway.schema.sql.rewrite import parsed_expression

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


def is_stable(default: Node) -> bool:
    """Whether PostgreSQL computes it once; a function that it does not bring along counts as volatile."""
    return all(one.kind in QUIET and (one.kind != "FuncCall" or _name(one) in KNOWN) for one in default.walk())


def _name(call: Node) -> str:
    return call.words("funcname")[-1]


def is_stable_text(text: str) -> bool:
    """As `is_stable`, of an expression that was read already."""
    return is_stable(parsed_expression(text))
