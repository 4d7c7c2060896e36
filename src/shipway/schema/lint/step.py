"""One statement with everything that is known when it runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shipway.schema.lint.history import History
from shipway.schema.lint.locks import may_lock
from shipway.schema.lint.tables import Server, Table
from shipway.schema.sql.names import relation
from shipway.schema.sql.node import Node
from shipway.schema.sql.parse import Statement


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a hazard looks at."""

    statement: Statement
    before: History
    following: Sequence[Statement]
    server: Server

    @property
    def node(self) -> Node:
        """The statement's tree."""
        return self.statement.node

    @property
    def kind(self) -> str:
        """Such as `IndexStmt`."""
        return self.node.kind

    @property
    def is_first_lock(self) -> bool:
        """Whether this statement needs a lock on something in use, and none before it in the file did."""
        return may_lock(self.kind) and not self.before.has_locked

    def is_new(self, name: str) -> bool:
        """Whether nobody uses the table yet: this file made it, or the database does not have it."""
        return name in self.before.created or (self.server.is_asked and name not in self.server.tables)

    def known(self, name: str) -> Table | None:
        """What the database said of a table."""
        return self.server.tables.get(name)


@dataclass(frozen=True, kw_only=True)
class Alteration:
    """One part of an ALTER TABLE on a table that is in use."""

    table: str
    """As SQL writes it."""
    name: str
    """Without a schema."""
    command: Node

    @property
    def column(self) -> str:
        """The column that it names."""
        return self.command.text("name")

    @property
    def definition(self) -> Node:
        """A new column, a constraint, or the new type."""
        return self.command.node("def")

    def constraint(self, kind: str) -> Node:
        """Of a new column: its constraint of this kind, or an empty node."""
        found = (one for one in self.definition.nodes("constraints") if one.text("contype") == kind)
        return next(found, Node())


def alterations(step: Step, *kinds: str, with_new: bool = False) -> Iterator[Alteration]:
    """The parts of these kinds (`AT_AddColumn`); those of new tables hurt nobody and are left out."""
    if step.kind != "AlterTableStmt":
        return
    target = step.node.node("relation")
    name = target.text("relname")
    if step.is_new(name) and not with_new:
        return
    for command in step.node.nodes("cmds"):
        if command.text("subtype") in kinds:
            yield Alteration(table=relation(target), name=name, command=command)


def constraints(step: Step, *kinds: str) -> Iterator[Alteration]:
    """Constraints of these kinds (`CONSTR_CHECK`) that are added to tables in use and checked at once."""
    for one in alterations(step, "AT_AddConstraint"):
        if one.definition.text("contype") in kinds and not one.definition.flag("skip_validation"):
            yield one
