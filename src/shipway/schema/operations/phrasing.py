"""Somebody's SQL as batches: what may go together does, and what must be alone is alone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from shipway.schema.lint.check import check
from shipway.schema.lint.hazard import Finding
from shipway.schema.lint.tables import VERSION, Server
from shipway.schema.operations.built import Batch, Unfit
from shipway.schema.operations.making import Thing, made, taken
from shipway.schema.sql.names import quoted
from shipway.schema.sql.node import Node
from shipway.schema.sql.parse import Source, Statement, statements
from shipway.schema.table import Table

LIMITS = "SET lock_timeout = '50ms'; SET statement_timeout = '5s'; BEGIN; "
"""What runs each batch sets; one line, so that lines of the text keep their numbers."""
DROPPING = frozenset({"drop-column", "drop-table", "drop-object", "drop-index"})
"""Hazards of what goes: whether it may go is asked elsewhere."""
OURS = {
    "TransactionStmt": "Each phase runs in transactions of Shipway.",
    "VariableSetStmt": "Shipway sets timeouts itself, and a setting would stay for what comes later.",
    "AlterSystemStmt": "It is a setting of the server, not of a table.",
}


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """One batch, and the statements that it is made of."""

    phase: str
    at: int
    batch: Batch
    nodes: tuple[Node, ...]

    @property
    def made(self) -> tuple[Thing, ...]:
        """What it surely makes."""
        return tuple(thing for node in self.nodes for thing in made(node))

    @property
    def taken(self) -> tuple[Thing, ...]:
        """What it drops or changes."""
        return tuple(thing for node in self.nodes for thing in taken(node))

    def undoing(self, expand: tuple["Phrase", ...]) -> Batch:
        """As a batch of a revert: left out where what it takes away was never made."""
        makers = [one for one in expand if any(thing.is_in(one.made) for thing in self.taken)] or list(expand[:1])
        undoes = (makers[0].phase, makers[0].at) if makers else None
        return replace(self.batch, undoes=undoes, builds="", is_alone=bool(self.batch.builds))


def phrased(text: str, phase: str, *, table: Table, where: str) -> tuple[Phrase, ...]:
    """Raises `Unfit` where it cannot be read, or hurts."""
    found = statements(Source(text, where)) if text else []
    for one in found:
        if one.error or one.node.kind in OURS:
            raise _unfit(
                f"`{phase}` has a statement that cannot run here: {_short(one)}",
                where,
                OURS.get(one.node.kind, f"PostgreSQL says: {one.error}."),
                "Leave it out.",
            )
        if one.node.kind == "DropStmt" and one.node.flag("concurrent"):
            raise _unfit(
                f"`{phase}` drops an index concurrently",
                where,
                "That has no transaction in which it could be noted as done.",
                "Leave out CONCURRENTLY: it waits 50 ms for its lock at most, and tries again.",
            )
    groups = list(_grouped(found))
    _harmless(groups, text, phase, server=Server(version=table.server or VERSION), where=where)
    return tuple(
        Phrase(
            phase=phase,
            at=at,
            batch=_batch(group, phase, table=table, where=where),
            nodes=tuple(one.node for one in group),
        )
        for at, group in enumerate(_single(groups) if phase == "revert" else groups)
    )


def _grouped(found: list[Statement]) -> Iterator[list[Statement]]:
    """Neighbours share a transaction, unless one of them needs none or reads every row."""
    group: list[Statement] = []
    for one in found:
        if _is_concurrent(one) or _is_long(one):
            if group:
                yield group
            yield [one]
            group = []
        else:
            group.append(one)
    if group:
        yield group


def _single(groups: list[list[Statement]]) -> list[list[Statement]]:
    return [[one] for group in groups for one in group]


def _is_concurrent(one: Statement) -> bool:
    return one.node.kind == "IndexStmt" and one.node.flag("concurrent")


def _is_long(one: Statement) -> bool:
    kinds = {command.text("subtype") for command in one.node.nodes("cmds")}
    return kinds == {"AT_ValidateConstraint"}


def _batch(group: list[Statement], phase: str, *, table: Table, where: str) -> Batch:
    what, texts = f"{phase}: {_short(group[0])}", tuple(one.text for one in group)
    if not _is_concurrent(group[0]):
        return Batch(statements=texts, what=what, is_long=_is_long(group[0]))
    node = group[0].node
    if not node.text("idxname"):
        raise _unfit("An index has no name", where, "It could not be found again.", "Name it.")
    target = node.node("relation")
    schema = target.text("schemaname") or (table.schema if target.text("relname") == table.name else "")
    name = quoted(node.text("idxname"))
    return Batch(statements=texts, what=what, is_long=True, builds=f"{quoted(schema)}.{name}" if schema else name)


def _harmless(groups: list[list[Statement]], text: str, phase: str, *, server: Server, where: str) -> None:
    """The linter's hazards, each with what to write instead."""
    data, at, whole = text.encode(), 0, LIMITS
    for group in groups:
        part = data[at : group[-1].end].decode(errors="replace")
        at = group[-1].end
        is_apart = _is_concurrent(group[0]) or _is_long(group[0])
        whole += f"; COMMIT; {part}; BEGIN; " if is_apart else f"{part}; "
    for found in check(Source(f"{whole}COMMIT", where), server):
        if found.is_hazard and found.hazard.name not in DROPPING:
            raise _hurts(found, phase, where)


def _hurts(found: Finding, phase: str, where: str) -> Unfit:
    name = found.hazard.name
    instead = " ".join(line for line in found.found.fix if not line.startswith("--"))
    fix = f"Write {instead}" if instead else f"docs/reference/hazards.md says more of {name}."
    return _unfit(f"`{phase}` has the hazard {name}: {found.hazard.title}", where, found.found.what, fix)


def _unfit(what: str, where: str, why: str, fix: str) -> Unfit:
    return Unfit(what, where=where, why=why, fix=fix)


def _short(one: Statement) -> str:
    line = " ".join(one.text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
