"""DDL without a lock timeout."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Lock


def find(step: Step) -> Iterator[Found]:
    """Told once, at the first statement that needs a strong lock."""
    if step.is_first_lock and "lock_timeout" not in step.before.timeouts:
        yield Found(
            what="While it waits for one long transaction, every other query on the table waits behind it.",
            fix=("SET lock_timeout = '50ms';  -- and try again when it runs out",),
        )


HAZARD = Hazard(
    name="no-lock-timeout",
    title="A lock without lock_timeout",
    why="A lock is waited for in a queue. One report that reads the table for ten minutes makes an ALTER "
    "TABLE wait, and "
    "the waiting ALTER TABLE stops everybody else for ten minutes. With a timeout of 50 ms they wait 50 ms.",
    lock=Lock.ACCESS_EXCLUSIVE,
    squawk=("require-lock-timeout",),
    find=find,
)
