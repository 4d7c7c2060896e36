"""What a statement makes and what it takes away, by name; both as far as its text says so."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shipway.schema.sql.names import quoted
from shipway.schema.sql.node import Node

RELATIONS = {"CreateStmt": "relation", "ViewStmt": "view", "CreateSeqStmt": "sequence"}
WORDS = {
    "CreateStmt": "table",
    "ViewStmt": "view",
    "CreateSeqStmt": "sequence",
    "CreateFunctionStmt": "function",
    "CreateEnumStmt": "type",
    "CompositeTypeStmt": "type",
    "CreateRangeStmt": "type",
    "CreateDomainStmt": "domain",
    "CreateStatsStmt": "statistic_ext",
    "CreateTrigStmt": "trigger",
    "CreatePolicyStmt": "policy",
    "RuleStmt": "rule",
    "CreateSchemaStmt": "schema",
    "IndexStmt": "index",
}
LISTS = {
    "CreateFunctionStmt": "funcname",
    "CreateEnumStmt": "type_name",
    "CreateRangeStmt": "type_name",
    "CreateDomainStmt": "domainname",
    "CreateStatsStmt": "defnames",
}
PARTS = {
    "CreateTrigStmt": ("relation", "trigname"),
    "CreatePolicyStmt": ("table", "policy_name"),
    "RuleStmt": ("relation", "rulename"),
}
ROWS = "rows of"
WRITES = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt", "TruncateStmt")
BEYOND = {
    "DropdbStmt": "a database",
    "DropRoleStmt": "a role",
    "DropOwnedStmt": "everything that a role owns",
    "DropTableSpaceStmt": "a tablespace",
    "DropSubscriptionStmt": "a subscription",
    "DropUserMappingStmt": "a user mapping",
}


@dataclass(frozen=True)
class Thing:
    """Something of a database: its kind, and its name after those of what it is in."""

    kind: str
    path: tuple[str, ...]

    @property
    def sql(self) -> str:
        """Its name."""
        return ".".join(quoted(word) for word in self.path)

    @property
    def said(self) -> str:
        """`the column users.plan`."""
        kind = self.kind.replace("statistic_ext", "statistics object")
        if not self.path:
            return kind
        return f"{kind} {self.sql}" if self.kind == ROWS else f"the {kind} {self.sql}"

    def is_in(self, others: Iterable["Thing"]) -> bool:
        """Whether it is one of them, or a part of one; a schema that one of both leaves out is the same."""
        return any(self._is(one) or self._is_part(one) for one in others)

    def _is(self, other: "Thing") -> bool:
        return self.kind == other.kind and _ends_alike(self.path, other.path)

    def _is_part(self, other: "Thing") -> bool:
        owner = self.path if self.kind == ROWS else self.path[:-1]
        return other.kind == "table" and _ends_alike(owner, other.path)


def _ends_alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    count = min(len(one), len(other))
    return count > 0 and one[-count:] == other[-count:]


def made(node: Node) -> Iterator[Thing]:
    """What it surely makes: with IF NOT EXISTS or OR REPLACE it may have been there."""
    if node.flag("if_not_exists") or node.flag("replace"):
        return
    if node.kind == "AlterTableStmt":
        yield from _added(node)
        return
    if node.kind == "CreateTableAsStmt":
        kind = "matview" if node.text("objtype") == "OBJECT_MATVIEW" else "table"
        yield Thing(kind, _relation(node.node("into").node("rel")))
        return
    if node.kind in WORDS and (path := _path(node)):
        yield Thing(WORDS[node.kind], path)


def _path(node: Node) -> tuple[str, ...]:
    if node.kind in RELATIONS:
        return _relation(node.node(RELATIONS[node.kind]))
    if node.kind in LISTS:
        return node.words(LISTS[node.kind])
    if node.kind in PARTS:
        relation, name = PARTS[node.kind]
        return (*_relation(node.node(relation)), node.text(name))
    if node.kind == "CompositeTypeStmt":
        return _relation(node.node("typevar"))
    if node.kind == "IndexStmt":
        return (*_relation(node.node("relation"))[:-1], node.text("idxname")) if node.text("idxname") else ()
    return (node.text("schemaname"),)


def _added(node: Node) -> Iterator[Thing]:
    table = _relation(node.node("relation"))
    for command in node.nodes("cmds"):
        if command.flag("missing_ok"):
            continue
        if command.text("subtype") == "AT_AddColumn":
            yield Thing("column", (*table, command.node("def").text("colname")))
        if command.text("subtype") == "AT_AddConstraint":
            yield Thing("constraint", (*table, command.node("def").text("conname")))


def taken(node: Node) -> Iterator[Thing]:
    """What it drops, and the tables whose rows it may take or change."""
    if node.kind in BEYOND:
        yield Thing(BEYOND[node.kind], ())
    if node.kind == "DropStmt":
        kind = node.text("remove_type").removeprefix("OBJECT_").lower()
        word = {"procedure": "function", "routine": "function", "foreign_table": "table"}.get(kind, kind)
        yield from (Thing(word, _dropped(one)) for one in node.nodes("objects"))
    if node.kind == "AlterTableStmt":
        yield from _removed(node)
    if node.kind in WRITES:
        tables = node.nodes("relations") or (node.node("relation"),)
        yield from (Thing(ROWS, _relation(one)) for one in tables if one)


def is_repeatable(node: Node) -> bool:
    """Whether what it drops may be gone."""
    drops = [one for one in node.nodes("cmds") if one.text("subtype") in DROPS]
    return all(one.flag("missing_ok") for one in drops) if node.kind != "DropStmt" else node.flag("missing_ok")


DROPS = {"AT_DropColumn": "column", "AT_DropConstraint": "constraint"}


def _removed(node: Node) -> Iterator[Thing]:
    table = _relation(node.node("relation"))
    for command in node.nodes("cmds"):
        if command.text("subtype") in DROPS:
            yield Thing(DROPS[command.text("subtype")], (*table, command.text("name")))


def _dropped(one: Node) -> tuple[str, ...]:
    if one.kind == "List":
        return tuple(part.text("sval") for part in one.nodes("items"))
    return one.words("objname") or one.words("names") or (one.text("sval"),)


def _relation(node: Node) -> tuple[str, ...]:
    return tuple(word for word in (node.text("schemaname"), node.text("relname")) if word)
