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
