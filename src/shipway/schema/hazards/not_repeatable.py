"""A statement that cannot run again."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.repeating import not_repeatable
from shipway.schema.lint.step import Step


def find(step: Step) -> Iterator[Found]:
    """Outside of a transaction, where a failure leaves half of the file done."""
    yield from (
        Found(what="If a later statement fails, this one fails when the file runs again.", fix=(word,), at=at)
        for at, word in not_repeatable(step)
    )


HAZARD = Hazard(
    name="not-repeatable",
    title="A statement that fails when it runs twice",
    why="Outside of a transaction a failure leaves what was done. IF EXISTS and IF NOT EXISTS let the file "
    "run again.",
    level=Level.ADVICE,
    squawk=("prefer-robust-stmts",),
    find=find,
)
