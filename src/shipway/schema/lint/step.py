"""One statement with everything that is known when it runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

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

    @cached_property
    def node(self) -> Node:
        """The statement's tree."""
        return self.statement.node

    @cached_property
    def kind(self) -> str:
        """Such as `IndexStmt`."""
        return self.node.kind

    @cached_property
    def alterations(self) -> "tuple[tuple[str, Alteration], ...]":
        """The parts of an ALTER TABLE, each with its kind."""
        if self.kind != "AlterTableStmt":
            return ()
        target = self.node.node("relation")
        table, name = relation(target), target.text("relname")
        return tuple(
            (command.text("subtype"), Alteration(table=table, name=name, command=command))
            for command in self.node.nodes("cmds")
        )

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

    @cached_property
    def column(self) -> str:
        """The column that it names."""
        return self.command.text("name")

    @cached_property
    def definition(self) -> Node:
        """A new column, a constraint, or the new type."""
        return self.command.node("def")

    def constraint(self, kind: str) -> Node:
        """Of a new column: its constraint of this kind, or an empty node."""
        found = (one for one in self.definition.nodes("constraints") if one.text("contype") == kind)
        return next(found, Node())


def alterations(step: Step, *kinds: str, with_new: bool = False) -> Iterator[Alteration]:
    """The parts of these kinds (`AT_AddColumn`); those of new tables hurt nobody and are left out."""
    for kind, one in step.alterations:
        if kind in kinds and (with_new or not step.is_new(one.name)):
            yield one


def constraints(step: Step, *kinds: str) -> Iterator[Alteration]:
    """Constraints of these kinds (`CONSTR_CHECK`) that are added to tables in use and checked at once."""
    for one in alterations(step, "AT_AddConstraint"):
        if one.definition.text("contype") in kinds and not one.definition.flag("skip_validation"):
            yield one
