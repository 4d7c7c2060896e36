"""`rename_table`: the new name is a view until nobody knows the old one, and then the table takes it.

Old code runs already and cannot be made ready, so nothing changes for it until contract: no lock, no statement, no
right. New code gets a view that PostgreSQL writes through.
"""

from collections.abc import Mapping

from shipway.schema.operations.built import Batch, Built, StandIn, Unfit
from shipway.schema.operations.options import joined
from shipway.schema.operations.rights import granted
from shipway.schema.sql.names import LENGTH_MAX, quoted
from shipway.schema.table import Table

REQUIRED = ("table", "to")
OPTIONAL = ("schema",)
INVOKER_SINCE = 15
"""From this version of PostgreSQL on a view may look with the rights of who uses it."""
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Raises `Unfit`."""
    new = options["to"]
    _fit(table, new, where=where)
    view = f"{quoted(table.schema)}.{quoted(new)}"
    how = " WITH (security_invoker = true)" if table.server >= INVOKER_SINCE else ""
    columns = joined(tuple(one.name for one in table.columns))
    make = f"CREATE VIEW {view}{how} AS SELECT {columns} FROM {table.sql}"
    return Built(
        expand=(
            Batch(statements=(make, *granted(table, view, RIGHTS)), what=f"let {new} be seen as {table.name}"),
        ),
        contract=(
            Batch(
                statements=(f"DROP VIEW {view}", f"ALTER TABLE {table.sql} RENAME TO {quoted(new)}"),
                what=f"call {table.name} {new}",
            ),
        ),
        revert=(Batch(statements=(f"DROP VIEW IF EXISTS {view}",), what=f"drop {new}", undoes=("expand", 0)),),
        old=((table.sql, "", new),),
        standing_in=_standing_in(table, view),
    )


def _standing_in(table: Table, view: str) -> StandIn | None:
    """None where policies hold: with the view's owner's rights it would show what they hide."""
    if table.has_policies:
        return None
    if table.server < INVOKER_SINCE:
        return StandIn(begin=(), end=())
    set_to = f"ALTER VIEW {view} SET (security_invoker = {{}})"
    return StandIn(begin=(set_to.format("false"),), end=(set_to.format("true"),))


def _fit(table: Table, new: str, *, where: str) -> None:
    reasons = []
    if new == table.name:
        reasons.append("it is called that")
    if len(new.encode()) > LENGTH_MAX:
        reasons.append(f"a name has at most {LENGTH_MAX} bytes")
    if table.has_policies and table.server < INVOKER_SINCE:
        reasons.append("its policies would not hold for a view before PostgreSQL 15")
    reasons += [f"of {one.name}, {one.special}" for one in table.columns if "grants" in one.special]
    if reasons:
        raise Unfit(
            f"{table.name} cannot be called {new}",
            where=where,
            why=f"{reasons[0][0].upper()}{reasons[0][1:]}.",
            fix="Change the step; docs/guides/schema-change.md says what each operation can do.",
        )
