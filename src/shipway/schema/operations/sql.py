"""`sql`: what no other operation does, in SQL of one's own, in the same phases and under the same rules."""

from collections.abc import Mapping
from dataclasses import dataclass

from shipway.schema.operations.built import Backfill, Batch, Built, Check, Unfit
from shipway.schema.operations.making import Thing, is_repeatable
from shipway.schema.operations.phrasing import Phrase, phrased
from shipway.schema.sql.names import quoted, relation
from shipway.schema.sql.node import Node
from shipway.schema.sql.parse import Source, Statement, statements
from shipway.schema.sql.rewrite import changed, closed, printed
from shipway.schema.table import Table

REQUIRED = ()
OPTIONAL = ("table", "schema", "expand", "backfill", "verify", "contract", "revert")
GOES = ("column", "table", "constraint", "index", "trigger", "function", "view", "matview", "type", "domain")
GOES_TOO = ("sequence", "policy", "rule", "statistic_ext", "aggregate")
"""What a contract may drop though the step did not make it: an old shape."""
WRITING = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")
UPDATE = {"relation", "target_list", "where_clause"}
"""Fields of an UPDATE that can be cut in batches."""


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Everything is read, linted and compared before anything runs. Raises `Unfit`."""
    step = Step(options=options, table=table, where=where)
    expand = step.phrases("expand")
    made = tuple(thing for phrase in expand for thing in phrase.made)
    step.only_own("expand", expand, made)
    backfill, contract = step.backfill(), step.phrases("contract")
    built = Built(
        expand=tuple(phrase.batch for phrase in expand),
        backfill=backfill,
        verify=step.verify(backfill),
        contract=tuple(phrase.batch for phrase in contract),
        revert=step.revert(expand, made),
        old=step.old(contract, made),
        leaving=tuple((one.kind, one.path[-1]) for phrase in contract for one in phrase.taken),
    )
    if not (built.expand or built.backfill or built.verify or built.contract):
        raise step.unfit("This step does nothing", "It has none of the phases.", "Write `expand: …`.")
    return built


def table_of(options: Mapping[str, str]) -> Mapping[str, str]:
    """The first table that the texts name, where `table` does not say it; empty where they name none."""
    texts = (options.get(phase, "") for phase in ("backfill", "expand", "contract", "revert"))
    parsed = (one.node for text in texts if text for one in statements(Source(text, "")))
    named = (node for one in parsed for node in one.walk() if node.kind == "RangeVar" and node.text("relname"))
    found = next(named, None)
    if found is None:
        return {}
    told = {"table": found.text("relname"), "schema": found.text("schemaname")}
    return {key: name for key, name in told.items() if name}


@dataclass(frozen=True, kw_only=True)
class Step:
    """The texts of one step."""

    options: Mapping[str, str]
    table: Table
    where: str

    def phrases(self, phase: str) -> tuple[Phrase, ...]:
        """A phase's statements, as they follow each other. Raises `Unfit`."""
        return phrased(self.options.get(phase, ""), phase, table=self.table, where=self.where)

    def only_own(self, phase: str, phrases: tuple[Phrase, ...], made: tuple[Thing, ...]) -> None:
        """Raises `Unfit` where something else is dropped or written than what the step has made."""
        for one in (one for phrase in phrases for one in phrase.taken):
            if not one.is_in(made):
                raise self.unfit(
                    f"`{phase}` takes {one.said}, which this step did not make",
                    "Where it was there before, or had rows, there would be no way back. IF NOT EXISTS and OR"
                    " REPLACE leave open who made it.",
                    "Make it in `expand` without these words; drop an old shape in `contract`, write rows in"
                    " `backfill`.",
                )

    def old(self, phrases: tuple[Phrase, ...], made: tuple[Thing, ...]) -> tuple[tuple[str, str, str], ...]:
        """Columns and tables of others that go, for the proofs that come before. Raises `Unfit`."""
        found = []
        for one in (one for phrase in phrases for one in phrase.taken if not one.is_in(made)):
            if one.kind not in (*GOES, *GOES_TOO):
                raise self.unfit(
                    f"`contract` takes {one.said}",
                    "That is more than an old shape, and no proof looks at it.",
                    "Leave it out, or do it by hand.",
                )
            if one.kind == "column":
                found.append((self._whole(one.path[:-1]), one.path[-1], ""))
            if one.kind == "table":
                found.append((self._whole(one.path), "", ""))
        return tuple(found)

    def _whole(self, path: tuple[str, ...]) -> str:
        """A table's name as the proofs know it."""
        return self.table.sql if path == (self.table.name,) else ".".join(quoted(word) for word in path)

    def revert(self, expand: tuple[Phrase, ...], made: tuple[Thing, ...]) -> tuple[Batch, ...]:
        """Raises `Unfit`."""
        phrases = self.phrases("revert")
        self.only_own("revert", phrases, made)
        if expand and not phrases:
            raise self.unfit(
                "`revert` is missing",
                "What `expand` makes must go away again until `contract`.",
                "Add `revert: …`, with IF EXISTS.",
            )
        for phrase in phrases:
            if not all(is_repeatable(one) for one in phrase.nodes):
                raise self.unfit(
                    "`revert` can run once only",
                    "It is run again when it was killed, and then something is gone already.",
                    "Add IF EXISTS to each DROP.",
                )
        return tuple(phrase.undoing(expand) for phrase in phrases)

    def backfill(self) -> Backfill | None:
        """One UPDATE, cut in batches. Raises `Unfit`."""
        text = self.options.get("backfill", "")
        if not text:
            return None
        update = self._one(text, "backfill", "UpdateStmt").node
        fields = {field.name for field, _ in update.message.ListFields()}
        target = update.node("relation")
        is_ours = relation(target) in (quoted(self.table.name), self.table.sql) and not target.node("alias")
        if fields != UPDATE or not is_ours:
            raise self.unfit(
                "`backfill` cannot be cut in batches",
                f"It may be an UPDATE of {self.table.name} with SET and WHERE, and no more: no alias, no FROM.",
                f"Write UPDATE {quoted(self.table.name)} SET … WHERE …, which finds rows that are not right yet.",
            )
        if not self.table.key:
            raise self.unfit(f"{self.table.name} has no key", "Its rows cannot be walked.", "Add a primary key.")
        return Backfill(
            table=self.table.sql,
            key=tuple(quoted(word) for word in self.table.key),
            assignment=_assignment(update),
            missing=closed(update.node("where_clause")),
            rows=self.table.rows,
        )

    def verify(self, backfill: Backfill | None) -> tuple[Check, ...]:
        """One query that counts what is wrong. Raises `Unfit`."""
        text = self.options.get("verify", "")
        what = f"no row of {self.table.name} is found by `verify`"
        if not text:
            query = f"SELECT count(*) FROM {self.table.sql} WHERE {backfill.missing}" if backfill else ""
            filled = f"no row of {self.table.name} is left for `backfill`"
            return (Check(what=filled, query=query),) if query else ()
        select = self._one(text, "verify", "SelectStmt").node
        kinds = {one.kind for one in select.walk()}
        writes = kinds & {*WRITING, "IntoClause", "LockingClause"}
        if writes or len(select.nodes("target_list")) != 1:
            raise self.unfit(
                "`verify` is more than a question",
                "It runs often, and beside everybody.",
                "Write one SELECT that counts rows which are wrong, such as SELECT count(*) FROM … WHERE …",
            )
        return (Check(what=what, query=printed(select)),)

    def _one(self, text: str, phase: str, kind: str) -> Statement:
        found = statements(Source(text, self.where))
        if len(found) == 1 and found[0].node.kind == kind:
            return found[0]
        word = kind.removesuffix("Stmt").upper()
        why = next((one.error for one in found if one.error), f"It has {len(found)} statements.")
        raise self.unfit(f"`{phase}` is not one {word}", why, f"Write one {word}, without a second statement.")

    def unfit(self, what: str, why: str, fix: str) -> Unfit:
        """An error of this step."""
        return Unfit(what, where=self.where, why=why, fix=fix)


def _assignment(update: Node) -> str:
    def bare(message: object) -> None:
        message.ClearField("where_clause")  # type: ignore[attr-defined]
        message.relation.ClearField("schemaname")  # type: ignore[attr-defined]
        message.relation.relname = "t"  # type: ignore[attr-defined]

    return changed(update, bare).removeprefix("UPDATE t SET ")
