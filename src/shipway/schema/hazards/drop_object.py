"""DROP of something else that code may name."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Lock

RULES = {
    "OBJECT_VIEW": "ban-drop-view",
    "OBJECT_MATVIEW": "ban-drop-view",
    "OBJECT_TYPE": "ban-drop-type",
    "OBJECT_DOMAIN": "ban-drop-domain",
    "OBJECT_SCHEMA": "ban-drop-schema",
    "OBJECT_SEQUENCE": "ban-drop-sequence",
    "OBJECT_FUNCTION": "ban-drop-function",
    "OBJECT_EXTENSION": "ban-drop-extension",
}


def find(step: Step) -> Iterator[Found]:
    """A view, type, domain, schema, sequence, function or extension."""
    kind = step.node.text("remove_type")
    if step.kind == "DropStmt" and kind in RULES:
        word = kind.removeprefix("OBJECT_").replace("MATVIEW", "materialized view").lower()
        yield Found(
            what=f"Running code that uses this {word} fails.",
            fix=(f"-- when no version that uses it runs or may come back: {step.statement.text};",),
            rule=RULES[kind],
        )


HAZARD = Hazard(
    name="drop-object",
    title="DROP of a view, type, domain, schema, sequence, function or extension",
    why="Old code runs on while the schema is new.",
    lock=Lock.ACCESS_EXCLUSIVE,
    squawk=tuple(sorted(set(RULES.values()))),
    kinds=("DropStmt",),
    find=find,
)
