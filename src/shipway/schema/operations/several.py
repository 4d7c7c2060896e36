"""One column that becomes several, or several that become one; both shapes are kept true by a trigger.

There may be no exact way back: a name that is split and joined again has lost its second blank. So a row is right
when the new columns are what the old ones say, or the old ones are what the new ones say. Whoever wrote it last
reads what he wrote, and the other one reads what the expressions make of it. Where every new column is null, only
the first of both counts: such a row has not been filled yet. New code that sets all of them to null gets what the
old ones say then.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shipway.schema.operations.built import Backfill, Batch, Built, Check, Unfit
from shipway.schema.operations.finding import along
from shipway.schema.operations.pair import SAMPLE_MAX, WITHOUT_EQUALITY
from shipway.schema.operations.requiring import proven, required
from shipway.schema.operations.triggering import Trigger, watching
from shipway.schema.sql.names import quoted
from shipway.schema.sql.rewrite import bound, columns_of
from shipway.schema.table import Column, Table
from shipway.spec.nearest import listed


@dataclass(frozen=True, kw_only=True)
class Several:
    """Old columns of a table, the new ones that take their place, and how each follows from the other side."""

    change: str
    """The change's name and the operation's number, for names of what is made."""
    table: Table
    old: tuple[Column, ...]
    new: Mapping[str, str]
    """Types by name."""
    up: Mapping[str, str]
    """For each new column an expression over the old ones."""
    down: Mapping[str, str]
    """For each old column an expression over the new ones."""
    required: tuple[str, ...] = ()
    """New columns that must not be null in the end."""

    @property
    def types(self) -> dict[str, str]:
        """Of old and new columns, by name."""
        return {**{one.name: one.type for one in self.old}, **self.new}

    @property
    def trigger(self) -> Trigger:
        """What keeps both sides true."""
        columns = tuple(quoted(name) for name in self.types)
        watched = watching(columns, has_row_triggers=self.table.has_row_triggers)
        return Trigger(
            change=self.change, table=self.table.sql, body=_body(self), events=f"BEFORE INSERT OR {watched}"
        )


def fit(several: Several, *, where: str) -> None:
    """Raises `Unfit` where these columns cannot be exchanged."""
    reasons = [*_of_table(several), *_of_columns(several), *_of_expressions(several)]
    if reasons:
        names = ", ".join(one.name for one in several.old)
        raise Unfit(
            f"{several.table.name}.{names} cannot be exchanged in place",
            where=where,
            why=f"{reasons[0][0].upper()}{reasons[0][1:]}.",
            fix="Change the step; docs/guides/schema-change.md says what each operation can do.",
        )


def built(several: Several) -> Built:
    """Its SQL for every phase."""
    table, wrong = several.table, _wrong(several)
    return Built(
        expand=(_expand(several),),
        dual_write=(Batch(statements=several.trigger.made, what=f"keep {_said(several)} true"),),
        backfill=Backfill(
            table=table.sql,
            key=tuple(quoted(word) for word in table.key),
            assignment=", ".join(f"{quoted(name)} = {text}" for name, text in several.up.items()),
            missing=wrong,
            rows=table.rows,
        ),
        finish=tuple(batch for name in several.required for batch in proven(table, name)),
        verify=(_check(several, wrong),),
        contract=(_contract(several),),
        revert=(_revert(several),),
        old=tuple((table.sql, one.name, next(iter(several.new))) for one in several.old),
        counting=several.trigger.counting(_body(several, several.trigger.counts)),
    )


def _of_table(several: Several) -> list[str]:
    table = several.table
    reasons = [f"{table.name} has a column {name} already" for name in several.new if table.column(name)]
    if not table.key:
        reasons.append(f"{table.name} has no primary key by which its rows could be walked")
    return reasons


def _of_columns(several: Several) -> list[str]:
    names = {one.name for one in several.old}
    reasons = [f"of {one.name}, {one.special}" for one in several.old if one.special]
    reasons += [f"{one.name} gets its numbers from a sequence" for one in several.old if one.sequence]
    if names & {*several.table.key}:
        reasons.append("rows are found by it: it is part of the key")
    for one in several.table.constraints:
        if names & {*one.columns} and (one.is_incoming or one.is_self or one.kind == "x"):
            kind = "the exclusion constraint" if one.kind == "x" else "the foreign key"
            reasons.append(f"{kind} {one.name} needs it")
    return reasons


def _of_expressions(several: Several) -> list[str]:
    """A trigger watches these columns alone, so the expressions may name no other one."""
    old, new = {one.name for one in several.old}, {*several.new}
    sides = ((several.up, new, old, "up"), (several.down, old, new, "down"))
    reasons = []
    for texts, of, over, word in sides:
        if {*texts} != of:
            reasons.append(f"`{word}` needs one expression for each of {listed(sorted(of))}")
        for name, text in texts.items():
            strange = columns_of(text) - over
            if strange:
                said = f"`{word}` of {name} names {listed(sorted(strange))}"
                reasons.append(f"{said}, and may name only {listed(sorted(over))}")
    return reasons


def _any(several: Several, sides: Mapping[str, tuple[str, str]]) -> str:
    """Whether one of these columns differs."""
    return " OR ".join(_differs(several.types[name], left, right) for name, (left, right) in sides.items())


def _differs(kind: str, left: str, right: str) -> str:
    if kind.partition("(")[0] in WITHOUT_EQUALITY:
        left, right = f"{left}::text", f"({right})::text"
    return f"{left} IS DISTINCT FROM {right}"


def _wrong(several: Several) -> str:
    new = {name: (quoted(name), text) for name, text in several.up.items()}
    old = {name: (quoted(name), text) for name, text in several.down.items()}
    empty = " AND ".join(f"{quoted(name)} IS NULL" for name in several.new)
    return f"({_any(several, new)}) AND (({empty}) OR {_any(several, old)})"


def _said(several: Several) -> str:
    return f"{', '.join(one.name for one in several.old)} and {', '.join(several.new)}"


def _check(several: Several, wrong: str) -> Check:
    key = ", ".join(quoted(word) for word in several.table.key)
    return Check(
        what=f"{_said(several)} of {several.table.name} say the same",
        query=f"SELECT count(*) FROM {several.table.sql} WHERE {wrong}",
        sample=f"SELECT {key} FROM {several.table.sql} WHERE {wrong} LIMIT {SAMPLE_MAX}",
    )


def _expand(several: Several) -> Batch:
    columns = ", ".join(f"ADD COLUMN {quoted(name)} {kind}" for name, kind in several.new.items())
    return Batch(
        statements=(f"ALTER TABLE {several.table.sql} {columns}",),
        what=f"add {several.table.name}.{', '.join(several.new)}",
    )


def _body(several: Several, counts: str = "") -> str:
    """The new columns win where an INSERT names one of them; of an UPDATE, the side that changed.

    `counts` runs for writes of old code, but not for INSERTs where a default may have done it.
    """
    written = " OR ".join(f"NEW.{quoted(one.name)} IS NOT NULL" for one in several.old if not one.default)
    inserted = f"\n      IF {written} THEN {counts} END IF;" if counts and written else ""
    up = {name: bound(text, "new") for name, text in several.up.items()}
    down = {name: bound(text, "new") for name, text in several.down.items()}
    empty = " AND ".join(f"NEW.{quoted(name)} IS NULL" for name in up)
    old_changed = _any(several, _changed(down))
    updated = f"\n    IF {old_changed} THEN {counts} END IF;" if counts else ""
    untrue = _any(several, {name: (f"NEW.{quoted(name)}", text) for name, text in up.items()})
    return f"""
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF {empty} THEN{inserted}
      {_set(up)}
    ELSIF {untrue} THEN
      {_set(down)}
    END IF;
  ELSIF {_any(several, _changed(up))} THEN
    IF {untrue} THEN
      {_set(down)}
    END IF;
    IF {empty} THEN
      {_set(up)}
    END IF;
  ELSIF ({old_changed}) OR ({empty}) THEN{updated}
    {_set(up)}
  END IF;
  RETURN NEW;
END
"""


def _changed(names: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    return {name: (f"OLD.{quoted(name)}", f"NEW.{quoted(name)}") for name in names}


def _set(values: Mapping[str, str]) -> str:
    return " ".join(f"NEW.{quoted(name)} := {text};" for name, text in values.items())


def _contract(several: Several) -> Batch:
    """The old columns and the trigger go in one transaction: no write can meet one without the other."""
    table = several.table
    names = tuple(one.name for one in several.old)
    drops = ", ".join(f"DROP COLUMN {quoted(name)}" for name in names)
    return Batch(
        statements=(
            *(text for name in several.required for text in required(table, name)),
            *several.trigger.dropped,
            f"ALTER TABLE {table.sql} {drops}",
        ),
        what=f"drop the old {table.name}.{', '.join(names)}{along(table, names)}",
    )


def _revert(several: Several) -> Batch:
    table = several.table
    drops = ", ".join(f"DROP COLUMN IF EXISTS {quoted(name)}" for name in several.new)
    return Batch(
        statements=(*several.trigger.undone, f"ALTER TABLE {table.sql} {drops}"),
        what=f"drop {table.name}.{', '.join(several.new)}",
    )
