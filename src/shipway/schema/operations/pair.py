"""Two columns that mean the same, kept equal by a trigger: the old code's and the new code's.

The trigger looks at which column a statement changed. An INSERT that names the new column wins over the old one;
of an UPDATE the column that changed wins. A value that is right already is never written over, so that the
backfill changes nothing but the new column.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shipway.schema.operations.built import Backfill, Batch, Built, Check, Counting, Unfit
from shipway.schema.operations.requiring import proven, required
from shipway.schema.operations.triggering import Trigger, watching
from shipway.schema.sql.names import literal, quoted, shortened
from shipway.schema.sql.rewrite import bound, redirected, renamed_constraint, renamed_index
from shipway.schema.table import Column, Constraint, Index, Table

WITHOUT_EQUALITY = ("json", "xml", "point", "polygon")
SAMPLE_MAX = 5
WORDS = {"u": "UNIQUE", "p": "PRIMARY KEY"}
"""Constraints that are an index."""


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
    takes_name: bool = False
    """Whether the new column is called as the old one in the end: code never sees another name."""

    @property
    def final(self) -> str:
        """The new column's name in the end."""
        return self.old.name if self.takes_name else self.new

    def equal(self, left: str, right: str) -> tuple[str, str]:
        """Both sides of a comparison, also of types that have none."""
        kind = self.type.partition("(")[0]
        return (f"{left}::text", f"({right})::text") if kind in WITHOUT_EQUALITY else (left, right)


def fit(pair: Pair, *, where: str) -> None:
    """Raises `Unfit` where the old column is none that can be exchanged."""
    table, name = pair.table, pair.old.name
    reasons = [pair.old.special] if pair.old.special else []
    for one in table.constraints:
        if one.kind == "x" and name in one.columns:
            reasons.append("an exclusion constraint needs it")
        if one.is_self and (name in one.columns or name in table.key):
            reasons.append(f"{table.name} points to itself by {one.name}")
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
        old=((pair.table.sql, pair.old.name, pair.final),),
        counting=None if pair.takes_name else _counting(pair),
    )


def _counting(pair: Pair) -> Counting:
    trigger = _trigger(pair)
    return trigger.counting(_body(pair, trigger.counts))


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
    return (Batch(statements=_trigger(pair).made, what=f"keep {pair.old.name} and {pair.new} equal"),)


def _trigger(pair: Pair) -> Trigger:
    watched = watching((quoted(pair.old.name), quoted(pair.new)), has_row_triggers=pair.table.has_row_triggers)
    events = f"BEFORE INSERT OR {watched}"
    return Trigger(change=pair.change, table=pair.table.sql, body=_body(pair), events=events)


def _body(pair: Pair, counts: str = "") -> str:
    """Old code is who writes the old column alone; by an INSERT only where no default could have done it."""
    old, new = quoted(pair.old.name), quoted(pair.new)
    up, down = bound(pair.up, "new"), bound(pair.down, "new")
    left, right = pair.equal(f"NEW.{new}", up)
    before, after = pair.equal(f"OLD.{new}", f"NEW.{new}")
    was, said = pair.equal(f"OLD.{old}", f"NEW.{old}")
    has_own = not (pair.old.default or pair.old.identity)
    inserted = f"\n      IF NEW.{old} IS NOT NULL THEN {counts} END IF;" if counts and has_own else ""
    updated = f"\n    IF {was} IS DISTINCT FROM {said} THEN {counts} END IF;" if counts else ""
    return f"""
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.{new} IS NULL THEN{inserted}
      NEW.{new} := {up};
    ELSIF {left} IS DISTINCT FROM {right} THEN
      NEW.{old} := {down};
    END IF;
  ELSIF {before} IS DISTINCT FROM {after} THEN
    IF {left} IS DISTINCT FROM {right} THEN
      NEW.{old} := {down};
    END IF;
  ELSE{updated}
    NEW.{new} := {up};
  END IF;
  RETURN NEW;
END
"""


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
    for one in _incoming(pair):
        text = redirected(one.definition, name=_own(one.name), columns={pair.old.name: pair.new})
        own = quoted(_own(one.name))
        drop = f"ALTER TABLE {one.other} DROP CONSTRAINT IF EXISTS {own}"
        what = f"let {one.other} point to {pair.new} too"
        yield Batch(statements=(drop, f"ALTER TABLE {one.other} ADD {text}"), what=what)
        validate = f"ALTER TABLE {one.other} VALIDATE CONSTRAINT {own}"
        yield Batch(statements=(validate,), what=f"check {own}", is_long=True)
    if pair.old.is_required:
        yield from proven(pair.table, pair.new)


def _own(name: str) -> str:
    """The name of a copy, until the first one is gone."""
    return shortened(name, "_shipway")


def _indexes(pair: Pair) -> tuple[Index, ...]:
    return tuple(one for one in pair.table.indexes if pair.old.name in one.columns)


def _constraints(pair: Pair) -> tuple[Constraint, ...]:
    """Checks and foreign keys; unique ones are their indexes."""
    return tuple(
        one
        for one in pair.table.constraints
        if one.kind in "cf" and not one.is_incoming and pair.old.name in one.columns
    )


def _not_null(pair: Pair) -> tuple[Constraint, ...]:
    """Since 18 it has a name, which goes to the new column together with the old one's."""
    found = (one for one in pair.table.constraints if one.kind == "n" and not one.is_incoming)
    return tuple(one for one in found if pair.takes_name and one.columns == (pair.old.name,))


def _incoming(pair: Pair) -> tuple[Constraint, ...]:
    """Foreign keys of other tables to the old column."""
    return tuple(one for one in pair.table.constraints if one.is_incoming and pair.old.name in one.columns)


def _contract(pair: Pair) -> tuple[Batch, ...]:
    """The old column and its trigger go in one transaction: no write can meet one without the other."""
    table, old, new = pair.table.sql, quoted(pair.old.name), quoted(pair.new)
    statements = [f"ALTER TABLE {one.other} DROP CONSTRAINT {quoted(one.name)}" for one in _incoming(pair)]
    name = "".join(_own(one.name) for one in _not_null(pair))
    statements += [*required(pair.table, pair.new, name=name)] if pair.old.is_required else []
    statements += _numbered(pair)
    statements += _trigger(pair).dropped
    statements.append(f"ALTER TABLE {table} DROP COLUMN {old}")
    statements += [f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}"] if pair.takes_name else []
    return (
        Batch(
            statements=(*statements, *_named_back(pair)), what=f"drop the old {pair.table.name}.{pair.old.name}"
        ),
    )


def _numbered(pair: Pair) -> Iterator[str]:
    """The new column gets its values from where the old one got them."""
    table, new = pair.table.sql, quoted(pair.new)
    if pair.old.identity:
        yield f"ALTER TABLE {table} ALTER COLUMN {new} ADD GENERATED {pair.old.identity} AS IDENTITY"
        own = f"pg_get_serial_sequence({literal(table)}, {literal(pair.new)})"
        yield f"SELECT setval({own}, nextval({literal(pair.old.sequence)}))"
        return
    if pair.old.default:
        default = pair.old.default if pair.type == pair.old.type else f"({pair.old.default})::{pair.type}"
        yield f"ALTER TABLE {table} ALTER COLUMN {new} SET DEFAULT {default}"
    if pair.old.sequence:
        yield f"ALTER SEQUENCE {pair.old.sequence} OWNED BY {table}.{new}"
        if pair.type == "bigint":
            yield f"ALTER SEQUENCE {pair.old.sequence} AS bigint"


def _named_back(pair: Pair) -> Iterator[str]:
    """The copies take the names of what went with the old column."""
    kinds = {one.name: WORDS[one.kind] for one in pair.table.constraints if one.kind in WORDS}
    for index in _indexes(pair):
        own, name = quoted(_own(index.name)), quoted(index.name)
        if index.name in kinds:
            yield f"ALTER TABLE {pair.table.sql} ADD CONSTRAINT {name} {kinds[index.name]} USING INDEX {own}"
        else:
            yield f"ALTER INDEX {quoted(pair.table.schema)}.{own} RENAME TO {name}"
    for one in (*_constraints(pair), *_not_null(pair)):
        yield f"ALTER TABLE {pair.table.sql} RENAME CONSTRAINT {quoted(_own(one.name))} TO {quoted(one.name)}"
    for one in _incoming(pair):
        yield f"ALTER TABLE {one.other} RENAME CONSTRAINT {quoted(_own(one.name))} TO {quoted(one.name)}"


def _revert(pair: Pair) -> tuple[Batch, ...]:
    statements = (
        *(
            f"ALTER TABLE {one.other} DROP CONSTRAINT IF EXISTS {quoted(_own(one.name))}"
            for one in _incoming(pair)
        ),
        *_trigger(pair).undone,
        f"ALTER TABLE {pair.table.sql} DROP COLUMN IF EXISTS {quoted(pair.new)}",
    )
    return (Batch(statements=statements, what=f"drop {pair.table.name}.{pair.new}"),)
