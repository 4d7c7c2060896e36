"""ADD COLUMN … REFERENCES."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Lock
from shipway.schema.sql.names import quoted, relation, shortened
from shipway.schema.sql.rewrite import type_name


def find(step: Step) -> Iterator[Found]:
    """Both tables are locked at once; nothing is scanned while the column is all null."""
    for one in alterations(step, "AT_AddColumn"):
        key = one.constraint("CONSTR_FOREIGN")
        if not key:
            continue
        column, other = quoted(one.definition.text("colname")), relation(key.node("pktable"))
        name = quoted(shortened(f"{one.name}_{one.definition.text('colname')}", "_fkey"))
        target = f" ({', '.join(quoted(word) for word in key.words('pk_attrs'))})" if key.nodes("pk_attrs") else ""
        yield Found(
            what=f"It locks {one.table} against everybody and {other} against writers, both at the same time.",
            fix=(
                f"ALTER TABLE {one.table} ADD COLUMN {column} {type_name(one.definition.node('type_name'))};",
                f"ALTER TABLE {one.table} ADD CONSTRAINT {name}",
                f"  FOREIGN KEY ({column}) REFERENCES {other}{target} NOT VALID;",
                f"ALTER TABLE {one.table} VALIDATE CONSTRAINT {name};",
            ),
            table=one.name,
            at=key,
        )


HAZARD = Hazard(
    name="column-references",
    title="ADD COLUMN … REFERENCES",
    why="Two locks in one statement: it waits for the transactions of both tables, and holds up both while it "
    "waits.",
    lock=Lock.ACCESS_EXCLUSIVE,
    level=Level.ADVICE,
    squawk=("adding-foreign-key-constraint",),
    kinds=("AlterTableStmt",),
    find=find,
)
