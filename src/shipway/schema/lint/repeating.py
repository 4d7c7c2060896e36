"""Which statements fail when they run a second time."""

from collections.abc import Iterator

from shipway.schema.lint.step import Step
from shipway.schema.sql.names import quoted
from shipway.schema.sql.node import Node

Place = tuple[Node | None, str]
GUARDED = {
    "AT_AddColumn": "-- ADD COLUMN IF NOT EXISTS",
    "AT_DropColumn": "-- DROP COLUMN IF EXISTS",
    "AT_DropConstraint": "-- DROP CONSTRAINT IF EXISTS",
}
AROUND = "-- BEGIN; and COMMIT; around the file, if it has nothing that is concurrent"
DROPS = ("OBJECT_TABLE", "OBJECT_INDEX", "OBJECT_TYPE")
TABLES = ("OBJECT_TABLE", "OBJECT_TABCONSTRAINT")


def not_repeatable(step: Step) -> Iterator[Place]:
    """Where, and what would let it run again. Nothing in a transaction: there a failure leaves nothing."""
    if step.before.holds_transaction:
        return
    test = TESTS.get(step.kind)
    if test:
        yield from test(step)


def _altered(step: Step) -> Iterator[Place]:
    for command in step.node.nodes("cmds"):
        kind = command.text("subtype")
        if kind in GUARDED:
            if not command.flag("missing_ok"):
                yield command if kind != "AT_AddColumn" else command.node("def"), GUARDED[kind]
        elif kind == "AT_AddConstraint":
            name = command.node("def").text("conname")
            if name not in step.before.dropped:
                yield (
                    command.node("def"),
                    f"-- DROP CONSTRAINT IF EXISTS {quoted(name) if name else '…'} before it",
                )
        else:
            yield command, AROUND


def _renamed(step: Step) -> Iterator[Place]:
    if step.node.text("rename_type") in TABLES or step.node.text("relation_type") == "OBJECT_TABLE":
        yield None, AROUND


def _moved(step: Step) -> Iterator[Place]:
    if step.node.text("object_type") == "OBJECT_TABLE":
        yield None, AROUND


def _created(step: Step) -> Iterator[Place]:
    if not step.node.flag("if_not_exists"):
        yield None, "-- CREATE … IF NOT EXISTS"


def _dropped(step: Step) -> Iterator[Place]:
    if not step.node.flag("missing_ok") and step.node.text("remove_type") in DROPS:
        yield None, "-- DROP … IF EXISTS"


TESTS = {
    "AlterTableStmt": _altered,
    "CreateStmt": _created,
    "IndexStmt": _created,
    "DropStmt": _dropped,
    "RenameStmt": _renamed,
    "AlterObjectSchemaStmt": _moved,
}
