"""What the statements before one have done: a fold over the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shipway.schema.lint.locks import may_lock
from shipway.schema.sql.node import Node

BEGINS = ("TRANS_STMT_BEGIN", "TRANS_STMT_START")
ENDS = ("TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK", "TRANS_STMT_PREPARE")
EXCLUSIVE = (
    "AlterTableStmt",
    "RenameStmt",
    "DropStmt",
    "TruncateStmt",
    "CreateTrigStmt",
    "ClusterStmt",
    "AlterObjectSchemaStmt",
    "IndexStmt",
)
"""Statements that take a lock which stops writers or readers, and hold it until the transaction ends."""


@dataclass(frozen=True, kw_only=True)
class History:
    """The state of a session after some statements."""

    created: frozenset[str] = frozenset()
    """Tables that this file has made: nobody uses them yet."""
    partitioned: frozenset[str] = frozenset()
    policed: frozenset[str] = frozenset()
    """Tables with row-level security."""
    holds_transaction: bool = False
    is_wrapped: bool = False
    """Whether that transaction is the one that the tool opens which runs the file."""
    locked: tuple[str, ...] = ()
    """Tables that this transaction has locked against readers or writers, in order."""
    timeouts: frozenset[str] = frozenset()
    """Which of lock_timeout and statement_timeout are set."""
    checks: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    """Constraints by name, with the table and column of each that they say is not null."""
    unproven: frozenset[str] = frozenset()
    """Constraints that were added without looking at rows."""
    unproven_here: frozenset[str] = frozenset()
    """Those of this transaction."""
    proven: frozenset[tuple[str, str]] = frozenset()
    """Table and column of which a valid constraint says that they are not null."""
    has_locked: bool = False
    """Whether a statement before needed a lock that others may wait for."""
    dropped: frozenset[str] = frozenset()
    """Constraints that were dropped."""
    defaults: frozenset[tuple[str, str]] = frozenset()
    """Columns that were added with a default, by table and name."""
    required: frozenset[tuple[str, str]] = frozenset()
    """Columns that must not be null, as far as this file says."""

    def after(self, node: Node) -> "History":
        """With one more statement."""
        change = CHANGES.get(node.kind)
        known = change(self, node) if change else self
        if may_lock(node.kind) and not known.has_locked:
            known = replace(known, has_locked=True)
        if self.holds_transaction and node.kind in EXCLUSIVE:
            known = replace(known, locked=(*known.locked, *_locked(node)))
        return known


def _locked(node: Node) -> tuple[str, ...]:
    name = node.node("relation").text("relname")
    return (name,) if name else ()


def _transaction(history: History, node: Node) -> History:
    kind = node.text("kind")
    if kind in BEGINS:
        return replace(history, holds_transaction=True, is_wrapped=False, locked=(), unproven_here=frozenset())
    if kind in ENDS:
        return replace(history, holds_transaction=False, is_wrapped=False, locked=(), unproven_here=frozenset())
    return history


def _created(history: History, node: Node) -> History:
    name = node.node("relation").text("relname")
    parted = {name} if node.node("partspec") else set()
    required = {
        (name, column.text("colname"))
        for column in node.nodes("table_elts")
        if any(one.text("contype") in ("CONSTR_NOTNULL", "CONSTR_PRIMARY") for one in column.nodes("constraints"))
    }
    return replace(
        history,
        created=history.created | {name},
        partitioned=history.partitioned | parted,
        required=history.required | required,
    )


def _copied(history: History, node: Node) -> History:
    return replace(history, created=history.created | {node.node("into").node("rel").text("relname")})


def _set(history: History, node: Node) -> History:
    name = node.text("name")
    if name not in ("lock_timeout", "statement_timeout"):
        return history
    is_off = node.text("kind") != "VAR_SET_VALUE" or _is_zero(node)
    timeouts = history.timeouts - {name} if is_off else history.timeouts | {name}
    return replace(history, timeouts=timeouts)


def _is_zero(node: Node) -> bool:
    values = node.nodes("args")
    if len(values) != 1:
        return False
    sval = values[0].node("sval").text("sval")
    return sval in ("0", "0s", "0ms") or (not sval and not values[0].node("ival").number("ival"))


def _altered(history: History, node: Node) -> History:
    table = node.node("relation").text("relname")
    for command in node.nodes("cmds"):
        change = ALTERATIONS.get(command.text("subtype"))
        history = change(history, table, command) if change else history
    return history


def _column_added(history: History, table: str, command: Node) -> History:
    column = command.node("def")
    key = (table, column.text("colname"))
    kinds = {one.text("contype") for one in column.nodes("constraints")}
    return replace(
        history,
        defaults=history.defaults | ({key} if "CONSTR_DEFAULT" in kinds else set()),
        required=history.required | ({key} if "CONSTR_NOTNULL" in kinds else set()),
    )


def _constraint_added(history: History, table: str, command: Node) -> History:
    constraint = command.node("def")
    name = constraint.text("conname")
    columns = frozenset((table, column) for column in not_null_columns(constraint))
    if constraint.flag("skip_validation"):
        return replace(
            history,
            checks={**history.checks, name: columns},
            unproven=history.unproven | {name},
            unproven_here=history.unproven_here | {name},
        )
    return replace(history, checks={**history.checks, name: columns}, proven=history.proven | columns)


def _validated(history: History, table: str, command: Node) -> History:
    name = command.text("name")
    columns = history.checks.get(name, frozenset())
    return replace(history, proven=history.proven | columns, unproven=history.unproven - {name})


def _dropped(history: History, table: str, command: Node) -> History:
    return replace(history, dropped=history.dropped | {command.text("name")})


def _required(history: History, table: str, command: Node) -> History:
    return replace(history, required=history.required | {(table, command.text("name"))})


def _policed(history: History, table: str, command: Node) -> History:
    return replace(history, policed=history.policed | {table})


def not_null_columns(constraint: Node) -> tuple[str, ...]:
    """Columns that a constraint says are not null."""
    if constraint.text("contype") == "CONSTR_NOTNULL":
        return constraint.words("keys")
    if constraint.text("contype") != "CONSTR_CHECK":
        return ()
    return tuple(_tested(constraint.node("raw_expr")))


def _tested(expression: Node) -> list[str]:
    if expression.kind == "BoolExpr" and expression.text("boolop") == "AND_EXPR":
        return [name for part in expression.nodes("args") for name in _tested(part)]
    if expression.kind == "NullTest" and expression.text("nulltesttype") == "IS_NOT_NULL":
        fields = expression.node("arg").words("fields")
        return [fields[-1]] if fields else []
    return []


CHANGES = {
    "TransactionStmt": _transaction,
    "CreateStmt": _created,
    "CreateTableAsStmt": _copied,
    "VariableSetStmt": _set,
    "AlterTableStmt": _altered,
}
ALTERATIONS = {
    "AT_AddColumn": _column_added,
    "AT_AddConstraint": _constraint_added,
    "AT_ValidateConstraint": _validated,
    "AT_DropConstraint": _dropped,
    "AT_SetNotNull": _required,
    "AT_EnableRowSecurity": _policed,
}
