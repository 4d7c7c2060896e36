"""A column that is set twice."""

from collections import Counter
from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.sql.names import quoted

WRITES = ("UpdateStmt", "InsertStmt", "MergeStmt")
FIELDS = {"UpdateStmt": "target_list", "OnConflictClause": "target_list", "MergeWhenClause": "target_list"}


def find(step: Step) -> Iterator[Found]:
    """PostgreSQL refuses it."""
    for part in step.node.walk() if step.kind in WRITES else ():
        targets = part.nodes(FIELDS.get(part.kind, ""))
        counted = Counter(one.text("name") for one in targets if not one.nodes("indirection"))
        for name in (name for name, count in counted.items() if name and count > 1):
            at = [one for one in targets if one.text("name") == name][1]
            yield Found(
                what=f"{quoted(name)} is set twice, and PostgreSQL refuses that.", fix=("-- keep one",), at=at
            )


HAZARD = Hazard(
    name="duplicate-assignment",
    title="An UPDATE that sets a column twice",
    why="The migration fails when it runs.",
    squawk=("ban-duplicate-column-assignments",),
    find=find,
)
