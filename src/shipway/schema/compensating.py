"""Drafts what takes a migration's data changes back: what to keep before it, and what to run if it was wrong.

Rows that somebody has written since are left as they are, wherever that can be told from the statement.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shipway.schema.sql.names import quoted, relation, shortened
from shipway.schema.sql.node import Node
from shipway.schema.sql.parse import Source, Statement, statements
from shipway.schema.sql.rewrite import bound, columns_of, expression, printed
from shipway.schema.sql.volatile import KNOWN, QUIET

Key = Callable[[str], tuple[str, ...]]
"""Columns of a table's key, plain, by its name in SQL."""
OPAQUE = ("DoStmt", "CallStmt", "ExecuteStmt", "CopyStmt", "MergeStmt", "TruncateStmt")

MOMENTARY = frozenset(
    ("now", "transaction_timestamp", "statement_timestamp", "current_setting", "pg_backend_pid", "version")
)
"""Functions that say another thing later."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Of one statement."""

    line: int
    statement: str
    keep: tuple[str, ...] = ()
    """Before it."""
    instead: str = ""
    """What runs in its place; empty where it stays as it is."""
    back: tuple[str, ...] = ()
    note: str = ""
    """What nobody but its author can decide."""


def drafts(source: Source, key: Key) -> list[Draft]:
    """For every statement that changes rows, in order. Raises `NoPostgres` without the parser."""
    stem = source.name.rpartition("/")[2].partition(".")[0]
    found: list[Draft] = []
    for number, one in enumerate(statements(source), start=1):
        kept = quoted(shortened(f"kept_{stem}", f"_{number}"))
        found += _draft(one, kept, key)
    return found


def _draft(one: Statement, kept: str, key: Key) -> Iterator[Draft]:
    line = one.place()[0]
    made = {"UpdateStmt": _update, "DeleteStmt": _delete, "InsertStmt": _insert}.get(one.node.kind)
    if made is not None:
        yield made(one.node, kept, key, Draft(line=line, statement=one.text))
    elif one.node.kind in OPAQUE or one.error:
        why = (
            "It cannot be told which rows this changes: keep its tables by pg_dump, or write its way back by hand."
        )
        yield Draft(line=line, statement=one.text, note=why)


def _update(node: Node, kept: str, key: Key, draft: Draft) -> Draft:
    if node.nodes("from_clause") or node.node("with_clause"):
        return _by_hand(draft, "an UPDATE that joins other tables")
    table, words = relation(node.node("relation")), key(relation(node.node("relation")))
    values = {one.text("name"): expression(one.node("val")) for one in node.nodes("target_list")}
    needed = [name for text in values.values() for name in sorted(columns_of(text))]
    columns = [*dict.fromkeys([*words, *values, *needed])]
    same = [f"t.{quoted(name)} IS NOT DISTINCT FROM {bound(text, 'k')}" for name, text in values.items()]
    is_known = not _alias(node) and all(_is_the_same_later(one.node("val")) for one in node.nodes("target_list"))
    match = " AND ".join([_match(words), *(same if is_known else [])])
    back = ", ".join(f"{quoted(name)} = k.{quoted(name)}" for name in values)
    return Draft(
        line=draft.line,
        statement=draft.statement,
        keep=(f"CREATE TABLE {kept} AS SELECT {_listed(columns)} FROM {table}{_alias(node)}{_where(node)}",),
        back=(f"UPDATE {table} t SET {back} FROM {kept} k WHERE {match}",),
        note="" if is_known else "It cannot tell rows that were written since: they are written over.",
    )


def _delete(node: Node, kept: str, key: Key, draft: Draft) -> Draft:
    if node.nodes("using_clause"):
        return _by_hand(draft, "a DELETE that joins other tables")
    table = relation(node.node("relation"))
    return Draft(
        line=draft.line,
        statement=draft.statement,
        keep=(f"CREATE TABLE {kept} AS SELECT * FROM {table}{_alias(node)}{_where(node)}",),
        back=(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {kept} ON CONFLICT DO NOTHING",),
        note="Rows of other tables that ON DELETE CASCADE takes along are not kept.",
    )


def _insert(node: Node, kept: str, key: Key, draft: Draft) -> Draft:
    if node.nodes("returning_list") or node.node("on_conflict_clause"):
        return _by_hand(draft, "an INSERT with RETURNING or ON CONFLICT")
    table, words = relation(node.node("relation")), key(relation(node.node("relation")))
    made = f"{printed(node)} RETURNING {_listed(words)}"
    return Draft(
        line=draft.line,
        statement=draft.statement,
        keep=(f"CREATE TABLE {kept} AS SELECT {_listed(words)} FROM {table} WHERE false",),
        instead=f"WITH made AS ({made}) INSERT INTO {kept} SELECT * FROM made",
        back=(f"DELETE FROM {table} t USING {kept} k WHERE {_match(words)}",),
    )


def _alias(node: Node) -> str:
    name = node.node("relation").node("alias").text("aliasname")
    return f" AS {quoted(name)}" if name else ""


def _is_the_same_later(value: Node) -> bool:
    """Whether it can be computed again from the kept row, to see who wrote since."""
    kinds, names = (QUIET | {"ColumnRef"}) - {"SQLValueFunction"}, KNOWN - MOMENTARY
    return all(
        one.kind in kinds and (one.kind != "FuncCall" or one.words("funcname")[-1] in names)
        for one in value.walk()
    )


def _by_hand(draft: Draft, what: str) -> Draft:
    note = f"This is {what}: write its way back by hand."
    return Draft(line=draft.line, statement=draft.statement, note=note)


def _where(node: Node) -> str:
    condition = node.node("where_clause")
    return f" WHERE {expression(condition)}" if condition else ""


def _listed(columns: "list[str] | tuple[str, ...]") -> str:
    return ", ".join(quoted(one) for one in columns)


def _match(words: tuple[str, ...]) -> str:
    return " AND ".join(f"t.{quoted(one)} = k.{quoted(one)}" for one in words)
