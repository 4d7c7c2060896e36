"""Statements changed and written back, by PostgreSQL's own printer."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from shipway.schema.sql.node import Node
from shipway.schema.sql.parse import library


def changed(node: Node, change: Callable[[Any], None]) -> str:
    """A statement's SQL after a change of its own message."""
    copy = deepcopy(node.message)
    change(copy)
    return printed(Node(copy))


def printed(node: Node) -> str:
    """A whole statement's SQL, without a semicolon."""
    postgast = library()
    tree = postgast.parse("select 1")
    _hold(tree.stmts[0].stmt, node.message)
    return str(postgast.deparse(tree))


def expression(node: Node) -> str:
    """An expression's SQL."""
    postgast = library()
    tree = postgast.parse("select 1")
    target = tree.stmts[0].stmt.select_stmt.target_list[0].res_target.val
    target.Clear()
    _hold(target, node.message)
    return str(postgast.deparse(tree)).removeprefix("SELECT ")


def type_name(node: Node) -> str:
    """A type's SQL, such as `varchar(20)`."""
    postgast = library()
    tree = postgast.parse("select null::int")
    tree.stmts[0].stmt.select_stmt.target_list[0].res_target.val.type_cast.type_name.CopyFrom(node.message)
    return str(postgast.deparse(tree)).removeprefix("SELECT NULL::")


def printed_constraint(node: Node, change: Callable[[Any], None]) -> str:
    """A table constraint's SQL after a change of its own message: `CONSTRAINT a CHECK (b > 0) NOT VALID`."""
    postgast = library()
    tree = postgast.parse("alter table a add check (true)")
    constraint = getattr(tree.stmts[0].stmt.alter_table_stmt.cmds[0].alter_table_cmd, "def").constraint
    constraint.CopyFrom(node.message)
    change(constraint)
    return str(postgast.deparse(tree)).removeprefix("ALTER TABLE a ADD ")


def _hold(holder: Any, message: Any) -> None:
    """Put a node into a message that holds one of any kind."""
    holder.Clear()
    for field in holder.DESCRIPTOR.oneofs_by_name["node"].fields:
        if field.message_type.full_name == message.DESCRIPTOR.full_name:
            getattr(holder, field.name).CopyFrom(message)
            return


def read_expression(text: str) -> str | None:
    """One expression, as PostgreSQL prints it; none where it is not exactly one."""
    node = _value(f"select {text}")
    return None if node is None else closed(node)


OPEN = ("A_Expr", "BoolExpr", "BooleanTest", "NullTest")
"""Expressions of which a part could go to an operator that is written beside them."""


def closed(node: Node) -> str:
    """An expression's SQL, in brackets where it needs them in another one."""
    return f"({expression(node)})" if node.kind in OPEN else expression(node)


def read_type(text: str) -> str | None:
    """One type, as PostgreSQL prints it; none where it is not exactly one."""
    node = _value(f"select null::{text}")
    return type_name(node.node("type_name")) if node is not None and node.kind == "TypeCast" else None


def _value(text: str) -> Node | None:
    """What a query with one column, and nothing else, selects."""
    postgast = library()
    try:
        found = postgast.parse(text).stmts
    except postgast.PgQueryError:
        return None
    select = Node(found[0].stmt) if len(found) == 1 else Node()
    targets = select.nodes("target_list")
    others = {field.name for field, _ in select.message.ListFields()} - QUIET if select else {"none"}
    if select.kind != "SelectStmt" or len(targets) != 1 or others or targets[0].text("name"):
        return None
    return targets[0].node("val")


QUIET = {"target_list", "limit_option", "op"}
"""Fields of a SELECT that selects one value and does nothing else."""


def parsed_expression(text: str) -> Node:
    """The tree of an expression that `read_expression` has given."""
    node = _value(f"select {text}")
    assert node is not None, text
    return node


def columns_of(text: str) -> frozenset[str]:
    """The columns that an expression names."""
    return frozenset(one.words("fields")[-1] for one in parsed_expression(text).walk() if one.kind == "ColumnRef")


def bound(text: str, row: str) -> str:
    """An expression with its columns taken from a row: `lower(new.email)`."""
    postgast, node = library(), parsed_expression(text)
    for one in node.walk():
        if one.kind == "ColumnRef" and len(one.nodes("fields")) == 1:
            field = postgast.parse(f"select {row}.x").stmts[0].stmt.select_stmt.target_list[0].res_target.val
            first = field.column_ref.fields[0]
            column = deepcopy(one.message.fields[0])
            del one.message.fields[:]
            one.message.fields.extend([first, column])
    return closed(node)


def renamed_index(text: str, *, name: str, columns: dict[str, str]) -> str:
    """CREATE INDEX under another name, over other columns, concurrently."""
    node = _statement(text)
    _rename(node, columns)
    node.message.idxname, node.message.concurrent = name, True
    return printed(node)


def same_index(one: str, other: str) -> bool:
    """Whether two CREATE INDEX, on whatever tables, make the same."""
    return _unnamed(one) == _unnamed(other)


def _unnamed(text: str) -> str:
    node = _statement(text)
    node.message.idxname = "i"
    node.message.relation.Clear()
    node.message.relation.relname = "t"
    return printed(node)


def redirected(text: str, *, name: str, columns: dict[str, str]) -> str:
    """Another table's foreign key to columns of this one, under another name and NOT VALID."""
    node = _constraint(text)
    for field in node.message.pk_attrs:
        field.string.sval = columns.get(field.string.sval, field.string.sval)
    return _not_valid(node, name)


def renamed_constraint(text: str, *, name: str, columns: dict[str, str]) -> str:
    """A check or a foreign key, from `pg_get_constraintdef`, under another name and NOT VALID."""
    node = _constraint(text)
    _rename(node, columns)
    return _not_valid(node, name)


def _constraint(text: str) -> Node:
    return _statement(f"ALTER TABLE a ADD {text}").nodes("cmds")[0].node("def")


def _not_valid(node: Node, name: str) -> str:

    def change(message: Any) -> None:
        message.conname, message.skip_validation, message.initially_valid = name, True, False

    return printed_constraint(node, change)


def _statement(text: str) -> Node:
    return Node(library().parse(text).stmts[0].stmt)


def _rename(node: Node, columns: dict[str, str]) -> None:
    """Columns of this table: in keys, in expressions, in conditions. Those of a referenced table stay."""
    for one in node.walk():
        if one.kind == "IndexElem" and one.text("name") in columns:
            one.message.name = columns[one.text("name")]
        if one.kind == "ColumnRef" and one.words("fields")[-1] in columns:
            one.message.fields[-1].string.sval = columns[one.words("fields")[-1]]
        if one.kind == "Constraint":
            for field in one.message.fk_attrs:
                field.string.sval = columns.get(field.string.sval, field.string.sval)
        if one.kind == "IndexStmt":
            for part in one.message.index_including_params:
                part.index_elem.name = columns.get(part.index_elem.name, part.index_elem.name)
