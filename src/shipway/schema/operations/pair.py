"""Two columns that mean the same, kept equal by a trigger: the old code's and the new code's.

The trigger looks at which column a statement changed. An INSERT that names the new column wins over the old one;
of an UPDATE the column that changed wins. A value that is right already is never written over, so that the
backfill changes nothing but the new column.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shipway.schema.operations.built import Backfill, Batch, Built, Check, Unfit
from shipway.schema.sql.names import literal, quoted, shortened
from shipway.schema.sql.rewrite import bound, renamed_constraint, renamed_index
from shipway.schema.table import Column, Constraint, Index, Table

WITHOUT_EQUALITY = ("json", "xml", "point", "polygon")
SAMPLE_MAX = 5
REFUSED = {"p": "it is part of the primary key", "x": "an exclusion constraint needs it"}


@dataclass(frozen=True, kw_only=True)
class Pair:
    """An old column of a table and what takes its place."""

    change: str
    """The change's name and the operation's number, for names of what is made."""
    table: Table
    old: Column
    new: str
    type: str
    up: str
    """The new value as an expression over the old column."""
    down: str
    """The old value as an expression over the new column."""

    @property
    def function(self) -> str:
        """The trigger's function, in SQL."""
        return f"shipway.{quoted(shortened(self.change, '_sync'))}"

    @property
    def trigger(self) -> str:
        """Sorted behind the triggers of others, which PostgreSQL runs by name."""
        return quoted(shortened(f"zz_shipway_{self.change}", ""))

    @property
    def required(self) -> str:
        """The constraint that proves the new column to be not null."""
        return quoted(shortened(f"{self.table.name}_{self.new}", "_shipway"))

    def equal(self, left: str, right: str) -> tuple[str, str]:
        """Both sides of a comparison, also of types that have none."""
        kind = self.type.partition("(")[0]
        return (f"{left}::text", f"({right})::text") if kind in WITHOUT_EQUALITY else (left, right)


def fit(pair: Pair, *, where: str) -> None:
    """Raises `Unfit` where the old column is none that can be exchanged."""
    table, name = pair.table, pair.old.name
    reasons = [pair.old.special] if pair.old.special else []
    for one in table.constraints:
        if name in one.columns and (one.kind in REFUSED or one.is_incoming):
            reasons.append(f"{one.other}'s foreign key points to it" if one.is_incoming else REFUSED[one.kind])
    if table.column(pair.new) is not None:
        reasons.append(f"{table.name} has a column {pair.new} already")
    if not table.key:
        reasons.append(f"{table.name} has no primary key by which its rows could be walked")
    if reasons:
        raise Unfit(
            f"{table.name}.{name} cannot be exchanged in place",
            where=where,
            why=f"{reasons[0][0].upper()}{reasons[0][1:]}.",
            fix="Leave this one out; docs/guides/schema-change.md says what each operation can do.",
        )


def built(pair: Pair) -> Built:
    """Its SQL for every phase."""
    wrong = _wrong(pair)
    return Built(
        expand=_expand(pair),
        dual_write=_dual_write(pair),
        backfill=Backfill(
            table=pair.table.sql,
            key=tuple(quoted(word) for word in pair.table.key),
            assignment=f"{quoted(pair.new)} = {pair.up}",
            missing=wrong,
            rows=pair.table.rows,
        ),
        finish=tuple(_finish(pair)),
        verify=(_check(pair, wrong),),
        contract=_contract(pair),
        revert=_revert(pair),
        old=((pair.table.sql, pair.old.name, pair.new),),
    )


def _wrong(pair: Pair) -> str:
    left, right = pair.equal(quoted(pair.new), pair.up)
    return f"{left} IS DISTINCT FROM {right}"


def _check(pair: Pair, wrong: str) -> Check:
    key = ", ".join(quoted(word) for word in pair.table.key)
    return Check(
        what=f"{pair.table.name}.{pair.new} is what {pair.old.name} says",
        query=f"SELECT count(*) FROM {pair.table.sql} WHERE {wrong}",
        sample=f"SELECT {key} FROM {pair.table.sql} WHERE {wrong} LIMIT {SAMPLE_MAX}",
    )


def _expand(pair: Pair) -> tuple[Batch, ...]:
    collation = f" COLLATE {pair.old.collation}" if pair.old.collation and pair.type == pair.old.type else ""
    column = f"{quoted(pair.new)} {pair.type}{collation}"
    statements = [f"ALTER TABLE {pair.table.sql} ADD COLUMN {column}"]
    if pair.old.comment:
        target = f"{pair.table.sql}.{quoted(pair.new)}"
        statements.append(f"COMMENT ON COLUMN {target} IS {literal(pair.old.comment)}")
    return (Batch(statements=tuple(statements), what=f"add {pair.table.name}.{pair.new}"),)


def _dual_write(pair: Pair) -> tuple[Batch, ...]:
    watched = f" OF {quoted(pair.old.name)}, {quoted(pair.new)}"
    columns = "" if pair.table.has_row_triggers else watched
    make = (
        f"CREATE TRIGGER {pair.trigger} BEFORE INSERT OR UPDATE{columns} ON {pair.table.sql}"
        f" FOR EACH ROW EXECUTE FUNCTION {pair.function}()"
    )
    always = f"ALTER TABLE {pair.table.sql} ENABLE ALWAYS TRIGGER {pair.trigger}"
    what = f"keep {pair.old.name} and {pair.new} equal"
    return (Batch(statements=(_function(pair), make, always), what=what),)


def _function(pair: Pair) -> str:
    old, new = quoted(pair.old.name), quoted(pair.new)
    up, down = bound(pair.up, "new"), bound(pair.down, "new")
    left, right = pair.equal(f"NEW.{new}", up)
    before, after = pair.equal(f"OLD.{new}", f"NEW.{new}")
    body = f"""
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.{new} IS NULL THEN
      NEW.{new} := {up};
    ELSIF {left} IS DISTINCT FROM {right} THEN
      NEW.{old} := {down};
    END IF;
  ELSIF {before} IS DISTINCT FROM {after} THEN
    IF {left} IS DISTINCT FROM {right} THEN
      NEW.{old} := {down};
    END IF;
  ELSE
    NEW.{new} := {up};
  END IF;
  RETURN NEW;
END
"""
    tag = "$shipway$"
    while tag in body:
        tag = f"{tag[:-1]}_$"
    return f"CREATE OR REPLACE FUNCTION {pair.function}() RETURNS trigger LANGUAGE plpgsql AS {tag}{body}{tag}"


def _finish(pair: Pair) -> Iterator[Batch]:
    """What the old column has, for the new one."""
    for index in _indexes(pair):
        name = _own(index.name)
        text = renamed_index(index.definition, name=name, columns={pair.old.name: pair.new})
        builds = f"{quoted(pair.table.schema)}.{quoted(name)}"
        yield Batch(statements=(text,), what=f"build the index {name}", is_long=True, builds=builds)
    for one in _constraints(pair):
        name = quoted(_own(one.name))
        text = renamed_constraint(one.definition, name=_own(one.name), columns={pair.old.name: pair.new})
        add = f"ALTER TABLE {pair.table.sql} ADD {text}"
        validate = f"ALTER TABLE {pair.table.sql} VALIDATE CONSTRAINT {name}"
        yield Batch(
            statements=(f"ALTER TABLE {pair.table.sql} DROP CONSTRAINT IF EXISTS {name}", add), what=f"add {name}"
        )
        yield Batch(statements=(validate,), what=f"check {name}", is_long=True)
    if pair.old.is_required:
        condition = f"CHECK ({quoted(pair.new)} IS NOT NULL) NOT VALID"
        add = f"ALTER TABLE {pair.table.sql} ADD CONSTRAINT {pair.required} {condition}"
        drop = f"ALTER TABLE {pair.table.sql} DROP CONSTRAINT IF EXISTS {pair.required}"
        validate = f"ALTER TABLE {pair.table.sql} VALIDATE CONSTRAINT {pair.required}"
        yield Batch(statements=(drop, add), what=f"refuse nulls in {pair.new}")
        yield Batch(statements=(validate,), what=f"look for nulls in {pair.new}", is_long=True)


def _own(name: str) -> str:
    """The name of a copy, until the first one is gone."""
    return shortened(name, "_shipway")


def _indexes(pair: Pair) -> tuple[Index, ...]:
    return tuple(one for one in pair.table.indexes if pair.old.name in one.columns)


def _constraints(pair: Pair) -> tuple[Constraint, ...]:
    """Checks and foreign keys; unique ones are their indexes."""
    return tuple(one for one in pair.table.constraints if one.kind in "cf" and pair.old.name in one.columns)


def _contract(pair: Pair) -> tuple[Batch, ...]:
    """The old column and its trigger go in one transaction: no write can meet one without the other."""
    table, new = pair.table.sql, quoted(pair.new)
    statements = [f"ALTER TABLE {table} ALTER COLUMN {new} SET NOT NULL"] if pair.old.is_required else []
    statements += [f"ALTER TABLE {table} DROP CONSTRAINT {pair.required}"] if pair.old.is_required else []
    if pair.old.default:
        default = pair.old.default if pair.type == pair.old.type else f"({pair.old.default})::{pair.type}"
        statements.append(f"ALTER TABLE {table} ALTER COLUMN {new} SET DEFAULT {default}")
    if pair.old.sequence:
        statements.append(f"ALTER SEQUENCE {pair.old.sequence} OWNED BY {table}.{new}")
        statements += [f"ALTER SEQUENCE {pair.old.sequence} AS bigint"] if pair.type == "bigint" else []
    statements += [f"DROP TRIGGER {pair.trigger} ON {table}", f"DROP FUNCTION {pair.function}()"]
    statements.append(f"ALTER TABLE {table} DROP COLUMN {quoted(pair.old.name)}")
    return (Batch(statements=(*statements, *_named_back(pair)), what=f"drop {pair.table.name}.{pair.old.name}"),)


def _named_back(pair: Pair) -> Iterator[str]:
    """The copies take the names of what went with the old column."""
    unique = {one.name for one in pair.table.constraints if one.kind == "u"}
    for index in _indexes(pair):
        own, name = quoted(_own(index.name)), quoted(index.name)
        if index.name in unique:
            yield f"ALTER TABLE {pair.table.sql} ADD CONSTRAINT {name} UNIQUE USING INDEX {own}"
        else:
            yield f"ALTER INDEX {quoted(pair.table.schema)}.{own} RENAME TO {name}"
    for one in _constraints(pair):
        yield f"ALTER TABLE {pair.table.sql} RENAME CONSTRAINT {quoted(_own(one.name))} TO {quoted(one.name)}"


def _revert(pair: Pair) -> tuple[Batch, ...]:
    statements = (
        f"DROP TRIGGER IF EXISTS {pair.trigger} ON {pair.table.sql}",
        f"DROP FUNCTION IF EXISTS {pair.function}()",
        f"ALTER TABLE {pair.table.sql} DROP COLUMN IF EXISTS {quoted(pair.new)}",
    )
    return (Batch(statements=statements, what=f"drop {pair.table.name}.{pair.new}"),)
