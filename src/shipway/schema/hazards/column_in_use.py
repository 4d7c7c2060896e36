"""A column that other objects of the database need."""

import re
from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Alteration, Step, alterations
from shipway.schema.lock import Lock
from shipway.schema.sql.names import quoted
from shipway.spec.nearest import listed

SHOWN_MAX = 5
WORDS = {"AT_DropColumn": "dropped", "AT_AlterColumnType": "given another type"}


def find(step: Step) -> Iterator[Found]:
    """What the catalog knows makes it fail; bodies of functions are text to PostgreSQL, and fail when called."""
    for kind, word in WORDS.items():
        for one in alterations(step, kind):
            table = step.known(one.name)
            needed = (*(table.users.get(one.column, ()) if table else ()), *_functions(step, one))
            if needed:
                shown = listed([*needed[:SHOWN_MAX], *(["more"] if len(needed) > SHOWN_MAX else [])])
                yield Found(
                    what=f"{quoted(one.column)} of {one.table} cannot be {word} while it is used by {shown}.",
                    fix=("-- change or drop these first, each by a migration of its own", *_named(needed)),
                    table=one.name,
                    at=one.command,
                )


def _named(needed: tuple[str, ...]) -> Iterator[str]:
    return (f"-- {one}" for one in needed)


def _functions(step: Step, one: Alteration) -> Iterator[str]:
    words = [re.compile(rf"(?<!\w){re.escape(word)}(?!\w)") for word in (one.name, one.column)]
    for name, body in step.server.functions.items():
        if all(word.search(body) for word in words):
            yield f"function {name}"


HAZARD = Hazard(
    name="column-in-use",
    title="A column goes, or changes, that views, functions, policies, triggers or publications use",
    why="PostgreSQL refuses it, in the middle of a deployment, or CASCADE takes them along. What stands in the "
    "body of a function is not known to it: that fails when it is called. Found with --database.",
    lock=Lock.ACCESS_EXCLUSIVE,
    kinds=("AlterTableStmt",),
    find=find,
)
