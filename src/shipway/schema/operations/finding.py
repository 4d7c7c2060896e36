"""Finds in a table what an operation names."""

from shipway.schema.operations.built import Unfit
from shipway.schema.table import Column, Table
from shipway.spec.nearest import listed, nearest


def column_of(table: Table, name: str, *, where: str) -> Column:
    """Raises `Unfit` where the table has no such column."""
    found = table.column(name)
    if found is not None:
        return found
    names = [one.name for one in table.columns]
    meant = nearest(name, names)
    raise Unfit(
        f"{table.name} has no column {name}",
        where=where,
        why=f"It has {listed(names)}.",
        fix=f"Did you mean {meant}?" if meant else "Name one of these.",
    )


def along(table: Table, columns: tuple[str, ...]) -> str:
    """Indexes and constraints that PostgreSQL drops with these columns, as the end of a sentence."""
    found = {one.name for one in table.constraints if {*columns} & {*one.columns}}
    found |= {one.name for one in table.indexes if {*columns} & {*one.columns}}
    return f", and with it {listed(sorted(found))}" if found else ""
