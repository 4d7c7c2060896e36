"""Two columns that mean the same, kept equal by two triggers, by the rules of `schema/operations/pair.py`.

MariaDB looks at NOT NULL and missing defaults only after BEFORE triggers, so code of either shape may leave the
other's column out. Foreign keys that cascade write around triggers; columns that they write are refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shipway.schema.dialects.mariadb.altering import (
    INSTANT,
    NOCOPY,
    altered,
    built_beside,
    has_column,
    has_constraint,
    has_index,
    has_not,
    instant,
    trigger,
    without_trigger,
    written_anew,
)
from shipway.schema.dialects.mariadb.columns import collated
from shipway.schema.dialects.mariadb.fitting import COPIES, absent, family, plain, walked
from shipway.schema.dialects.mariadb.names import literal, quoted, renamed, shortened, table_name
from shipway.schema.dialects.mariadb.reading import bound
from shipway.schema.operations.built import Backfill, Batch, Built, Check, Unfit
from shipway.schema.operations.pair import SAMPLE_MAX
from shipway.schema.table import Column, Constraint, Index, Table

TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set")
ASKS_FOR_NULL = ("null", "coalesce", "ifnull", "nvl")


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
    """Whether the two columns exchange their names in the end: code never sees another name."""

    @property
    def final(self) -> str:
        """The new column's name in the end."""
        return self.old.name if self.takes_name else self.new

    def trigger(self, event: str) -> str:
        """Its name."""
        return shortened(f"shipway_{self.change}", f"_{event.lower()}")

    def equal(self, left: str, right: str) -> str:
        """Texts by their bytes, since most collations call `A` and `a` equal."""
        if family(self.type) in TEXTS:
            return f"BINARY CONVERT({left} USING utf8mb4) <=> BINARY CONVERT({right} USING utf8mb4)"
        return f"{left} <=> ({right})"


def fit(pair: Pair, *, where: str) -> None:
    """Raises `Unfit` where the old column is none that can be exchanged."""
    plain(pair.table, pair.old, where=where)
    absent(pair.table, pair.new, where=where)
    walked(pair.table, where=where)
    for reason in _reasons(pair):
        raise Unfit(
            f"{pair.table.name}.{pair.old.name} cannot be exchanged in place", where=where, why=reason, fix=COPIES
        )


def _reasons(pair: Pair) -> Iterator[str]:
    name = pair.old.name
    if name in pair.table.key:
        yield "It is part of the primary key."
    for index in pair.table.indexes:
        if name in index.columns and not index.definition.startswith(("INDEX", "UNIQUE INDEX")):
            yield f"The index {index.name} is of a kind that stops writers while it is built."
    for one in pair.table.constraints:
        if one.is_incoming and name in one.columns:
            yield f"{one.other} points to it by {one.name}, and both ends of a key have one type."
        elif (
            one.kind == "f" and name in one.columns and (" CASCADE" in one.definition or " SET " in one.definition)
        ):
            yield f"{one.name} writes it around triggers, by ON UPDATE or ON DELETE."
        elif one.kind == "f" and name in one.columns and pair.type != pair.old.type:
            yield f"{one.name} needs the type that it has."
        elif one.kind == "c" and name in one.columns and not _is_copied(one, name):
            yield f"The check {one.name} is over several columns, or over nulls."


def _writes(key: Constraint) -> bool:
    """Whether it changes the column without a trigger seeing it; a row that is deleted hurts nobody."""
    return any(word in key.definition for word in ("ON UPDATE CASCADE", " SET NULL", " SET DEFAULT"))


def _is_copied(check: Constraint, name: str) -> bool:
    words = check.definition.lower()
    return set(check.columns) == {name} and not any(word in words for word in ASKS_FOR_NULL)


def built(pair: Pair) -> Built:
    """Its SQL for every phase."""
    wrong = f"NOT ({pair.equal(quoted(pair.new), pair.up)})"
    kept = "".join(f", {quoted(one.name)} = {quoted(one.name)}" for one in pair.table.columns if one.is_touched)
    key, table = ", ".join(quoted(word) for word in pair.table.key), table_name(pair.table)
    return Built(
        expand=(_added(pair),),
        dual_write=(
            trigger(pair.table, pair.trigger("INSERT"), "INSERT", _on_insert(pair)),
            trigger(pair.table, pair.trigger("UPDATE"), "UPDATE", _on_update(pair)),
        ),
        backfill=Backfill(
            table=table,
            key=tuple(quoted(word) for word in pair.table.key),
            assignment=f"{quoted(pair.new)} = {pair.up}{kept}",
            missing=wrong,
            rows=pair.table.rows,
        ),
        finish=tuple(_finish(pair)),
        verify=(
            Check(
                what=f"{pair.table.name}.{pair.new} is what {pair.old.name} says",
                query=f"SELECT count(*) FROM {table} WHERE {wrong}",
                sample=f"SELECT {key} FROM {table} WHERE {wrong} LIMIT {SAMPLE_MAX}",
            ),
        ),
        contract=tuple(_contract(pair)),
        revert=tuple(_revert(pair)),
        old=((table, pair.old.name, pair.final),),
    )


def _added(pair: Pair) -> Batch:
    parts = [f"ADD COLUMN {quoted(pair.new)} {pair.type}{_collation(pair)} NULL"]
    parts += [f"COMMENT {literal(pair.old.comment)}"] if pair.old.comment else []
    parts += [f"CHECK ({_check(pair)})"] if _check(pair) else []
    return instant(
        f"add {pair.table.name}.{pair.new}",
        pair.table,
        " ".join(parts),
        proof=has_column(pair.table, pair.new),
    )


def _collation(pair: Pair) -> str:
    """The old one's, where the new type says none."""
    says_own = "collate" in pair.type.lower() or "character set" in pair.type.lower()
    return "" if says_own or family(pair.type) not in TEXTS else collated(pair.old)


def _one_way(pair: Pair) -> str:
    """Where code knows one name alone: the same text is right before they exchange their names, and after."""
    return f"SET NEW.{quoted(pair.new)} = NEW.{quoted(pair.old.name)}"


def _on_insert(pair: Pair) -> str:
    if pair.takes_name:
        return _one_way(pair)
    old, new = f"NEW.{quoted(pair.old.name)}", f"NEW.{quoted(pair.new)}"
    up, down = _bound(pair)
    return (
        f"IF {new} IS NULL THEN SET {new} = {up};"
        f" ELSEIF NOT ({pair.equal(new, up)}) THEN SET {old} = {down}; END IF"
    )


def _on_update(pair: Pair) -> str:
    if pair.takes_name:
        return _one_way(pair)
    old, new, before = f"NEW.{quoted(pair.old.name)}", f"NEW.{quoted(pair.new)}", f"OLD.{quoted(pair.new)}"
    up, down = _bound(pair)
    return (
        f"IF NOT ({pair.equal(before, new)}) THEN"
        f" IF NOT ({pair.equal(new, up)}) THEN SET {old} = {down}; END IF;"
        f" ELSE SET {new} = {up}; END IF"
    )


def _bound(pair: Pair) -> tuple[str, str]:
    return (
        bound(pair.up, pair.table, row="NEW", also=pair.new),
        bound(pair.down, pair.table, row="NEW", also=pair.new),
    )


def _finish(pair: Pair) -> Iterator[Batch]:
    """What the old column has, for the new one."""
    names = {pair.old.name: pair.new}
    for index in _indexes(pair):
        own = _own(index.name)
        text = f"ADD {renamed(index.definition, {**names, index.name: own})}"
        yield built_beside(f"build the index {own}", pair.table, text, proof=has_index(pair.table, own))
    for one in _keys(pair):
        own = _own(one.name)
        text = f"ADD CONSTRAINT {quoted(own)} {renamed(one.definition, names)}"
        statement = altered(pair.table, text, algorithm=NOCOPY, unchecked=True)
        yield Batch(
            statements=(statement,), what=f"add {own}", is_long=True, proof=has_constraint(pair.table, own)
        )


def _definition(pair: Pair) -> str:
    """Of the new column in the end. Before, a NOT NULL would give it a value where old code leaves it out."""
    default = f" DEFAULT {pair.old.default}" if pair.old.default else ""
    comment = f" COMMENT {literal(pair.old.comment)}" if pair.old.comment else ""
    check = f" CHECK ({_check(pair)})" if _check(pair) else ""
    return f"{pair.type}{_collation(pair)} NOT NULL{default}{comment}{check}"


def _check(pair: Pair) -> str:
    """What the checks of the old column say, of the new one."""
    checks = (one for one in pair.table.constraints if one.kind == "c" and pair.old.name in one.columns)
    return " AND ".join(f"({renamed(one.definition, {pair.old.name: pair.new})})" for one in checks)


def _own(name: str) -> str:
    """The name of a copy, until the first one is gone."""
    return shortened(name, "_shipway")


def _indexes(pair: Pair) -> tuple[Index, ...]:
    return tuple(one for one in pair.table.indexes if pair.old.name in one.columns)


def _keys(pair: Pair) -> tuple[Constraint, ...]:
    return tuple(
        one
        for one in pair.table.constraints
        if one.kind == "f" and not one.is_incoming and pair.old.name in one.columns
    )


def _contract(pair: Pair) -> Iterator[Batch]:
    """Every statement leaves a table on which new code works, since none can be undone with another."""
    table, old, new, last = pair.table, quoted(pair.old.name), quoted(pair.new), pair.old.name
    if pair.old.default:
        text = f"ALTER COLUMN {new} SET DEFAULT {pair.old.default}"
        proof = has_column(table, pair.new, condition=f"COLUMN_DEFAULT = {literal(pair.old.default)}")
        yield instant(f"the default of {pair.new}", table, text, proof=proof)
    if pair.old.is_required:
        proof = has_column(table, pair.new, condition="IS_NULLABLE = 'NO'")
        yield written_anew(f"require {pair.new}", table, f"MODIFY COLUMN {new} {_definition(pair)}", proof=proof)
    if pair.takes_name:
        last = pair.new
        swap = (f"RENAME COLUMN {old} TO {new}", f"RENAME COLUMN {new} TO {old}")
        proof = has_column(table, pair.old.name, condition=f"COLUMN_TYPE <> {literal(pair.old.type)}")
        yield instant(f"exchange the names of {pair.old.name} and {pair.new}", table, *swap, proof=proof)
    yield from _taken_over(pair)
    if pair.old.is_required and not pair.old.default:
        text = (
            f"MODIFY COLUMN {quoted(last)} {pair.old.type}{collated(pair.old)} NOT NULL DEFAULT {_zero(pair.old)}"
        )
        proof = has_not(has_column(pair.table, last, condition="COLUMN_DEFAULT IS NULL"))
        yield instant(f"let code leave {last} out", pair.table, text, proof=proof)
    for event in ("INSERT", "UPDATE"):
        yield without_trigger(pair.table, pair.trigger(event))
    proof = has_not(has_column(pair.table, last))
    what = f"drop the old {pair.table.name}.{pair.old.name}"
    yield instant(what, pair.table, f"DROP COLUMN {quoted(last)}", proof=proof)


def _taken_over(pair: Pair) -> Iterator[Batch]:
    """What holds of the old column holds of the new one alone, and the copies of indexes take their names."""
    indexes, keys, checks = _indexes(pair), _keys(pair), _checks(pair)
    parts = [f"DROP FOREIGN KEY {quoted(one.name)}" for one in keys]
    parts += [f"DROP CONSTRAINT {quoted(one.name)}" for one in checks]
    parts += [f"DROP INDEX {quoted(one.name)}" for one in indexes]
    parts += [f"RENAME INDEX {quoted(_own(one.name))} TO {quoted(one.name)}" for one in indexes]
    proofs = [has_not(has_index(pair.table, _own(one.name))) for one in indexes]
    proofs += [has_not(has_constraint(pair.table, one.name)) for one in (*keys, *checks)]
    if parts:
        text = altered(pair.table, *parts, algorithm=NOCOPY if indexes else INSTANT)
        yield Batch(statements=(text,), what=f"let indexes be of {pair.final} alone", proof=proofs[0])


def _checks(pair: Pair) -> tuple[Constraint, ...]:
    """Those that stand beside the columns; one that belongs to the column goes with it."""
    return tuple(
        one
        for one in pair.table.constraints
        if one.kind == "c" and pair.old.name in one.columns and one.name != pair.old.name
    )


def _zero(column: Column) -> str:
    """Some value of its type, for rows that nobody reads it of any more."""
    kind = family(column.type)
    if kind in ("date", "datetime", "timestamp"):
        return "'1970-01-02'"
    if kind in ("enum", "set"):
        return "'" + column.type.partition("'")[2].partition("'")[0] + "'"
    if kind == "uuid":
        return "'00000000-0000-0000-0000-000000000000'"
    return "''" if kind in (*TEXTS, "binary", "varbinary", "blob") else "0"


def _revert(pair: Pair) -> Iterator[Batch]:
    for event in ("INSERT", "UPDATE"):
        yield without_trigger(pair.table, pair.trigger(event))
    parts = [f"DROP FOREIGN KEY IF EXISTS {quoted(_own(one.name))}" for one in _keys(pair)]
    parts += [f"DROP INDEX IF EXISTS {quoted(_own(one.name))}" for one in _indexes(pair)]
    parts += [f"DROP COLUMN IF EXISTS {quoted(pair.new)}"]
    statement = altered(pair.table, *parts, algorithm=NOCOPY if _indexes(pair) else INSTANT)
    what = f"drop {pair.table.name}.{pair.new}"
    yield Batch(statements=(statement,), what=what, proof=has_not(has_column(pair.table, pair.new)))
