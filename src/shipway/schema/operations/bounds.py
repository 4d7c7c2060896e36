"""The bound of a partition as a condition over a row, so that PostgreSQL finds it proven.

PostgreSQL compares it with its own form (`get_qual_for_range`, `get_qual_for_list` in its `partbounds.c`).
"""

from shipway.schema.operations.built import Unfit
from shipway.schema.sql.names import quoted
from shipway.schema.sql.node import Node
from shipway.schema.sql.parse import Source, statements
from shipway.schema.sql.rewrite import expression
from shipway.schema.table import Table

ENDS = ("minvalue", "maxvalue")


def condition_of(bound: str, parent: Table, *, where: str) -> str:
    """Of a table that is divided by one column. Raises `Unfit`."""
    spec, key = _spec(bound, where=where), _key(parent)
    how = {"r": "RANGE", "l": "LIST", "h": "HASH"}.get(spec.text("strategy"), "")
    if not key or how == "HASH" or spec.flag("is_default") or not parent.divided.startswith(how):
        raise Unfit(
            f"{bound} of {parent.name} is none that can be proven beforehand",
            where=where,
            why=f"It is divided by {parent.divided}; a range or a list of one column can be proven.",
            fix="Attach it by hand while it is empty, or when nobody works on it.",
        )
    return _range(spec, key) if how == "RANGE" else _list(spec, key)


def _spec(bound: str, *, where: str) -> Node:
    found = statements(Source(f"ALTER TABLE a ATTACH PARTITION b FOR VALUES {bound}", where))
    commands = found[0].node.nodes("cmds") if len(found) == 1 else ()
    if len(commands) == 1 and commands[0].node("def").node("bound"):
        return commands[0].node("def").node("bound")
    raise Unfit(
        f"`bound: {bound}` is no bound of a partition",
        where=where,
        why="PostgreSQL does not read it as what stands behind FOR VALUES.",
        fix="Write one, such as FROM ('2026-01-01') TO ('2027-01-01').",
    )


def _key(parent: Table) -> str:
    """The column in SQL; empty where there are several, or an expression."""
    found = statements(Source(f"CREATE TABLE a (b int) PARTITION BY {parent.divided}", parent.name))
    parts = found[0].node.node("partspec").nodes("part_params")
    name = parts[0].text("name") if len(parts) == 1 else ""
    return quoted(name) if name else ""


def _range(spec: Node, key: str) -> str:
    parts = [f"{key} IS NOT NULL"]
    for side, sign in (("lowerdatums", ">="), ("upperdatums", "<")):
        (value,) = spec.nodes(side)
        if value.kind != "ColumnRef" or value.words("fields")[0].lower() not in ENDS:
            parts.append(f"{key} {sign} {expression(value)}")
    return " AND ".join(parts)


def _list(spec: Node, key: str) -> str:
    values = [expression(value) for value in spec.nodes("listdatums")]
    given = [value for value in values if value != "NULL"]
    known = f"{key} IN ({', '.join(given)})" if given else "false"
    return f"{key} IS NULL OR {known}" if len(given) < len(values) else f"{key} IS NOT NULL AND {known}"
