"""A name that PostgreSQL cuts off."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.naming import new_names
from shipway.schema.lint.step import Step
from shipway.schema.sql.names import LENGTH_MAX


def find(step: Step) -> Iterator[Found]:
    """In what the statement makes."""
    for name in new_names(step.statement):
        yield Found(
            what=f"{name[:30]}… has {len(name.encode())} bytes; PostgreSQL cuts it off after {LENGTH_MAX}, "
            "without an error.",
            fix=("-- choose a shorter name: two that begin alike become the same",),
        )


HAZARD = Hazard(
    name="long-identifier",
    title="A name of more than 63 bytes",
    why="It is cut off silently, so the next migration does not find it.",
    squawk=("identifier-too-long",),
    find=find,
)
