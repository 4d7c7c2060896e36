"""What PostgreSQL's grammar does not know."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step


def find(step: Step) -> Iterator[Found]:
    """A syntax error, a psql command, or a template."""
    if step.statement.error:
        yield Found(
            what=f"Cannot analyse: {step.statement.error}.",
            fix=("-- repair it, or lint what a template makes of it",),
        )


HAZARD = Hazard(
    name="not-read",
    title="Cannot analyse: this is not SQL of PostgreSQL",
    why="A statement that cannot be read was not checked.",
    find=find,
)
