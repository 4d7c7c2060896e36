"""ALTER TYPE … ADD VALUE without a place."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step
from shipway.schema.sql.names import literal, quoted


def find(step: Step) -> Iterator[Found]:
    """Neither BEFORE nor AFTER."""
    node = step.node
    if step.kind == "AlterEnumStmt" and not node.text("old_val") and not node.text("new_val_neighbor"):
        name = ".".join(quoted(word) for word in node.words("type_name"))
        yield Found(
            what="It sorts after every other value, also where two branches add one each.",
            fix=(f"ALTER TYPE {name} ADD VALUE {literal(node.text('new_val'))} AFTER '…';",),
        )


HAZARD = Hazard(
    name="enum-order",
    title="ALTER TYPE … ADD VALUE without BEFORE or AFTER",
    why="The order of an enum is its sort order, and it cannot be changed later. Say it.",
    level=Level.ADVICE,
    squawk=("require-enum-value-ordering",),
    kinds=("AlterEnumStmt",),
    find=find,
)
