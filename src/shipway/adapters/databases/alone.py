"""A table takes one change at a time: two would copy and drop each other's parts."""

from shipway.adapters.databases import journal
from shipway.adapters.databases.proofs import ChangeRefused
from shipway.adapters.databases.session import Session
from shipway.model.phase import Phase
from shipway.schema.change import Change
from shipway.schema.table import Table


def alone_on(session: Session, change: Change, tables: tuple[Table, ...]) -> None:
    """Before a change begins. Raises `ChangeRefused` where another one has a table, or an end of a foreign key."""
    mine, pointing = _named(tables), _pointing(change, tables)
    if mine & pointing:
        raise ChangeRefused(
            f"{', '.join(sorted(mine & pointing))} points to a column that another step changes",
            where=change.file,
            why="Both steps would copy the same foreign key.",
            fix="Write two files, and run the second one when the first is contracted.",
        )
    for name in journal.names(session):
        other = journal.record(session, name)
        if other is None or other.phase == Phase.CONTRACTED:
            continue
        theirs = _named(other.tables) | {
            key.other for one in other.tables for key in one.constraints if key.is_incoming
        }
        if (mine | pointing) & theirs:
            raise ChangeRefused(
                f"{name} is changing the same table, or one that points to it",
                where=change.file,
                why="A table takes one change at a time.",
                fix=f"Finish {name} or take it back first; `shipway schema status` shows how far it is.",
            )


def _pointing(change: Change, tables: tuple[Table, ...]) -> set[str]:
    """Tables with a foreign key to a column that is exchanged."""
    found = set()
    for step, table in zip(change.steps, tables, strict=True):
        column = step.options.get("from", step.options.get("column", ""))
        found |= {key.other for key in table.constraints if key.is_incoming and column in key.columns}
    return found


def _named(tables: tuple[Table, ...]) -> set[str]:
    """With those that an operation looks at too."""
    return {one.sql for table in tables for one in (table, *table.others)}
