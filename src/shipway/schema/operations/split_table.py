"""`split_table`: some columns move to a table of their own, one row for each row that has a value in one of them.

Both tables are real from the start, and a trigger on each keeps the other true. No row in the new table means the
same as a row of nulls, so new code may insert its row whenever it likes, and old code's rows appear there by
themselves. Rows that go from the old table go from the new one by its foreign key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shipway.schema.operations.built import Backfill, Batch, Built, Check, Unfit
from shipway.schema.operations.finding import along, column_of
from shipway.schema.operations.options import columns
from shipway.schema.operations.pair import SAMPLE_MAX, WITHOUT_EQUALITY
from shipway.schema.operations.rights import granted
from shipway.schema.operations.triggering import Trigger, watching
from shipway.schema.sql.names import LENGTH_MAX, literal, quoted
from shipway.schema.table import Column, Table

REQUIRED = ("table", "columns", "into")
OPTIONAL = ("schema",)
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES", "TRUNCATE")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Raises `Unfit`."""
    names = columns(options, "columns", table, where=where)
    moved = tuple(column_of(table, name, where=where) for name in names)
    parts = Parts(change=change, table=table, moved=moved, into=options["into"])
    _fit(parts, where=where)
    return _built(parts)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """A table, the columns that leave it, and where they go."""

    change: str
    """The change's name and the operation's number, for names of what is made."""
    table: Table
    moved: tuple[Column, ...]
    into: str

    @property
    def target(self) -> str:
        """The new table, in SQL."""
        return f"{quoted(self.table.schema)}.{quoted(self.into)}"

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns that move, in SQL."""
        return tuple(quoted(one.name) for one in self.moved)

    @property
    def key(self) -> tuple[str, ...]:
        """Of both tables, in SQL."""
        return tuple(quoted(name) for name in self.table.key)

    @property
    def forth(self) -> Trigger:
        """From the old table to the new one."""
        watched = watching(self.names, has_row_triggers=self.table.has_row_triggers)
        return Trigger(
            change=self.change,
            table=self.table.sql,
            body=_forth(self),
            events=f"AFTER INSERT OR {watched}",
            is_definer=True,
        )

    @property
    def back(self) -> Trigger:
        """From the new table to the old one."""
        return Trigger(
            change=self.change,
            table=self.target,
            body=_back(self),
            events="AFTER INSERT OR UPDATE OR DELETE",
            suffix="_back",
            is_definer=True,
        )

    def empty(self, row: str) -> str:
        """Whether every moved column of a row is null."""
        return " AND ".join(f"{row}.{name} IS NULL" for name in self.names)

    def differ(self, left: str, right: str) -> str:
        """Whether two rows differ in a moved column."""
        return " OR ".join(_differs(one, left, right) for one in self.moved)

    def same(self, left: str, right: str) -> str:
        """Whether two rows have the same key."""
        return " AND ".join(f"{left}.{name} = {right}.{name}" for name in self.key)


def _differs(column: Column, left: str, right: str) -> str:
    name = quoted(column.name)
    cast = "::text" if column.type.partition("(")[0] in WITHOUT_EQUALITY else ""
    return f"{left}.{name}{cast} IS DISTINCT FROM {right}.{name}{cast}"


def _fit(parts: Parts, *, where: str) -> None:
    reasons = [*_of_columns(parts), *_of_table(parts)]
    if reasons:
        raise Unfit(
            f"{', '.join(one.name for one in parts.moved)} cannot leave {parts.table.name}",
            where=where,
            why=f"{reasons[0][0].upper()}{reasons[0][1:]}.",
            fix="Change that first; docs/guides/schema-change.md says what each operation can do.",
        )


def _of_columns(parts: Parts) -> Iterator[str]:
    for one in parts.moved:
        if one.is_required:
            yield f"{one.name} is NOT NULL, so new code could not leave it out"
        if one.default:
            yield f"{one.name} has a default, so nobody knows who wrote it"
        if one.special:
            yield f"of {one.name}, {one.special}"


def _of_table(parts: Parts) -> Iterator[str]:
    table, names = parts.table, {one.name for one in parts.moved}
    for one in table.constraints:
        if names & {*one.columns} and (one.is_incoming or one.is_self or one.kind == "x"):
            yield f"{one.name} needs {', '.join(sorted(names & {*one.columns}))}"
    if not table.key:
        yield f"{table.name} has no primary key by which rows of both tables could be told"
    if names & {*table.key}:
        yield "a column of the key is in both tables"
    if table.has_policies:
        yield f"the policies of {table.name} would not hold for {parts.into}"
    if len(parts.into.encode()) > LENGTH_MAX:
        yield f"a name has at most {LENGTH_MAX} bytes"


def _built(parts: Parts) -> Built:
    table, wrong = parts.table, _wrong(parts)
    key = ", ".join(parts.key)
    return Built(
        expand=(_expand(parts),),
        dual_write=(
            Batch(
                statements=(*parts.forth.made, *parts.back.made),
                what=f"keep {table.name} and {parts.into} equal",
            ),
        ),
        backfill=_backfill(parts, wrong),
        verify=(
            Check(
                what=f"{parts.into} has what {table.name} has",
                query=f"SELECT count(*) FROM {table.sql} WHERE {wrong}",
                sample=f"SELECT {key} FROM {table.sql} WHERE {wrong} LIMIT {SAMPLE_MAX}",
            ),
        ),
        contract=(_contract(parts),),
        revert=(_revert(parts),),
        old=tuple((table.sql, one.name, parts.into) for one in parts.moved),
        counting=parts.forth.counting(_forth(parts, parts.forth.counts)),
    )


def _wrong(parts: Parts) -> str:
    """A row with values and without its other part, or with one that says something else."""
    here, there = parts.table.sql, parts.target
    other = f"SELECT FROM {there} WHERE {parts.same(there, here)}"
    return (
        f"(EXISTS ({other} AND ({parts.differ(here, there)}))"
        f" OR NOT ({parts.empty(here)}) AND NOT EXISTS ({other}))"
    )


def _expand(parts: Parts) -> Batch:
    table, key = parts.table, ", ".join(parts.key)
    types = {one.name: one for one in table.columns}
    lines = [f"{quoted(name)} {types[name].type}{_collation(types[name])} NOT NULL" for name in table.key]
    lines += [f"{quoted(one.name)} {one.type}{_collation(one)}" for one in parts.moved]
    lines.append(f"PRIMARY KEY ({key})")
    lines.append(f"FOREIGN KEY ({key}) REFERENCES {table.sql} ({key}) ON UPDATE CASCADE ON DELETE CASCADE")
    comments = (
        f"COMMENT ON COLUMN {parts.target}.{quoted(one.name)} IS {literal(one.comment)}"
        for one in parts.moved
        if one.comment
    )
    return Batch(
        statements=(
            f"CREATE TABLE {parts.target} ({', '.join(lines)})",
            *comments,
            *granted(table, parts.target, RIGHTS),
        ),
        what=f"make the table {parts.into}",
    )


def _collation(column: Column) -> str:
    return f" COLLATE {column.collation}" if column.collation else ""


def _forth(parts: Parts, counts: str = "") -> str:
    """What old code writes. `counts` runs for its writes, not for what comes from the other trigger."""
    counted = (
        f"\n  IF pg_trigger_depth() = 1 AND NOT ({parts.empty('NEW')}) THEN {counts} END IF;" if counts else ""
    )
    names = ", ".join((*parts.key, *parts.names))
    values = ", ".join(f"NEW.{name}" for name in (*parts.key, *parts.names))
    taken = ", ".join(f"{name} = excluded.{name}" for name in parts.names)
    return f"""
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NOT ({parts.differ("OLD", "NEW")}) THEN
      RETURN NULL;
    END IF;
  END IF;{counted}
  IF {parts.empty("NEW")} THEN
    {_emptied(parts, "part", "NEW", parts.target)}
  ELSE
    INSERT INTO {parts.target} AS part ({names}) VALUES ({values})
      ON CONFLICT ({", ".join(parts.key)}) DO UPDATE SET {taken} WHERE {parts.differ("part", "excluded")};
  END IF;
  RETURN NULL;
END
"""


def _back(parts: Parts) -> str:
    """What new code writes."""
    taken = ", ".join(f"{name} = NEW.{name}" for name in parts.names)
    return f"""
BEGIN
  IF TG_OP = 'DELETE' THEN
    {_emptied(parts, "whole", "OLD", parts.table.sql)}
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF NOT ({parts.same("OLD", "NEW")}) THEN
      {_emptied(parts, "whole", "OLD", parts.table.sql)}
    END IF;
  END IF;
  UPDATE {parts.table.sql} AS whole SET {taken}
    WHERE {parts.same("whole", "NEW")} AND ({parts.differ("whole", "NEW")});
  RETURN NULL;
END
"""


def _emptied(parts: Parts, alias: str, row: str, table: str) -> str:
    """No values any more, in the row of the other table."""
    nulls = ", ".join(f"{name} = NULL" for name in parts.names)
    condition = f"{parts.same(alias, row)} AND NOT ({parts.empty(alias)})"
    return f"UPDATE {table} AS {alias} SET {nulls} WHERE {condition};"


def _backfill(parts: Parts, wrong: str) -> Backfill:
    """The row is locked before its values are taken, so that nobody changes them meanwhile."""
    names, key = ", ".join((*parts.key, *parts.names)), ", ".join(parts.key)
    taken = ", ".join(f"{name} = excluded.{name}" for name in parts.names)
    return Backfill(
        table=parts.table.sql,
        key=parts.key,
        assignment="",
        missing=wrong,
        rows=parts.table.rows,
        head=f"INSERT INTO {parts.target} ({names}) SELECT {names} FROM {parts.table.sql}",
        tail=f" FOR NO KEY UPDATE ON CONFLICT ({key}) DO UPDATE SET {taken}",
    )


def _contract(parts: Parts) -> Batch:
    """Columns and triggers go in one transaction: no write can meet one without the other."""
    drops = ", ".join(f"DROP COLUMN {name}" for name in parts.names)
    names = tuple(one.name for one in parts.moved)
    return Batch(
        statements=(
            *parts.forth.dropped,
            *parts.back.dropped,
            f"ALTER TABLE {parts.table.sql} {drops}",
        ),
        what=f"drop {parts.table.name}.{', '.join(names)}{along(parts.table, names)}",
    )


def _revert(parts: Parts) -> Batch:
    there, here = parts.target, parts.table.sql
    lost = f"NOT EXISTS (SELECT FROM {here} WHERE {parts.same(here, there)} AND NOT ({parts.differ(here, there)}))"
    return Batch(
        statements=(
            *parts.forth.undone,
            f"DROP TABLE IF EXISTS {there}",
            f"DROP FUNCTION IF EXISTS {parts.back.function}()",
        ),
        what=f"drop {parts.into}, whose values are in {parts.table.name}",
        undoes=("expand", 0),
        keeps=Check(
            what=f"{parts.table.name} has what {parts.into} has",
            query=f"SELECT count(*) FROM {there} WHERE {lost}",
            when=f"SELECT to_regclass({literal(there)}) IS NOT NULL",
        ),
    )
