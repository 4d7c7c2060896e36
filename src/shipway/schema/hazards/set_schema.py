"""SET SCHEMA."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Lock
from shipway.schema.sql.names import quoted, relation


def find(step: Step) -> Iterator[Found]:
    """A rename by another word."""
    if step.kind == "AlterObjectSchemaStmt" and not step.is_new(step.node.node("relation").text("relname")):
        target = relation(step.node.node("relation")) or "the object"
        yield Found(
            what=f"Code that looks for {target} where it was fails at once.",
            fix=(f"-- put {quoted(step.node.text('newschema'))} into the search path of every version first",),
            table=step.node.node("relation").text("relname"),
        )


HAZARD = Hazard(
    name="set-schema",
    title="SET SCHEMA",
    why="It is a rename: code that names the old schema, or whose search path lacks the new one, fails.",
    lock=Lock.ACCESS_EXCLUSIVE,
    squawk=("ban-set-schema",),
    kinds=("AlterObjectSchemaStmt",),
    find=find,
)
