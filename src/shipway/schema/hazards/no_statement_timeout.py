"""DDL without a statement timeout."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step


def find(step: Step) -> Iterator[Found]:
    """Told once, at the first statement that needs a strong lock."""
    if step.is_first_lock and "statement_timeout" not in step.before.timeouts:
        yield Found(
            what="If it takes longer than you think, nothing ends it.",
            fix=("SET statement_timeout = '5s';  -- but none for CONCURRENTLY and VALIDATE",),
        )


HAZARD = Hazard(
    name="no-statement-timeout",
    title="DDL without statement_timeout",
    why="A statement that was thought to be instant, and is not, holds its lock until somebody notices.",
    level=Level.ADVICE,
    squawk=("require-statement-timeout",),
    find=find,
)
