"""Two steps of one change on the same table: which may stand beside each other."""

import re
from collections.abc import Sequence

from shipway.schema.change import Written
from shipway.schema.operations.built import Unfit
from shipway.schema.table import Table

BY_COLUMN = {
    "rename_column": ("from", "to"),
    "change_type": ("column", "as"),
    "set_not_null": ("column",),
    "drop_not_null": ("column",),
    "set_default": ("column",),
    "drop_default": ("column",),
}
"""Operations that touch nothing of a table but columns, and the options that name these."""


def columns(step: Written) -> frozenset[str]:
    """Those that it names, in small letters; none where it is about the table itself."""
    names = BY_COLUMN.get(step.operation, ())
    return frozenset(step.options[name].lower() for name in names if name in step.options)


def in_the_way(one: Written, other: Written) -> str:
    """Why two steps cannot be in one change, as far as their words tell; empty where they can."""
    table = (one.options.get("schema", ""), one.options.get("table", ""))
    if not table[1] or table != (other.options.get("schema", ""), other.options.get("table", "")):
        return ""
    return _clash(one, other)


def _clash(one: Written, other: Written) -> str:
    for step in (one, other):
        if step.operation not in BY_COLUMN:
            return f"{step.operation} is about the whole table, and takes it alone."
    for mine, theirs in ((one, other), (other, one)):
        said = " ".join(text for key, text in mine.options.items() if key not in ("table", "schema")).lower()
        if named := sorted(
            name for name in columns(theirs) if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said)
        ):
            return f"Both steps name {named[0]}, and one would take it from the other."
    return ""


def apart(steps: Sequence[Written], tables: Sequence[Table]) -> None:
    """Raises `Unfit` where an index, a key or a constraint spans the columns of two steps: both would copy it.

    Only the database knows whether `users` and `public.users` are one table, so their words are looked at again.
    """
    for at, (one, table) in enumerate(zip(steps, tables, strict=True)):
        for other, same in zip(steps[:at], tables[:at], strict=True):
            if same.sql == table.sql:
                _apart(one, other, table)


def _apart(one: Written, other: Written, table: Table) -> None:
    mine, theirs = columns(one), columns(other)
    spans = [(f"index {index.name}", _small(index.columns)) for index in table.indexes]
    spans += [(f"constraint {each.name}", _small(each.columns)) for each in table.constraints]
    what = next((what for what, names in spans if names & mine and names & theirs), "")
    if not what and _small(table.key) & (mine | theirs):
        what = "the key by which the other's rows are found"
    why = _clash(one, other) or (f"Both steps need {what}." if what else "")
    if why:
        raise Unfit(
            f"{table.name} is changed twice",
            where=one.where,
            why=why,
            fix="Write a second file, and run it when this one is contracted.",
        )


def _small(names: Sequence[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)
