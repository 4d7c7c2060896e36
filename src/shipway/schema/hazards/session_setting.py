"""A timeout for the session where a pooler lends the session on."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step

NAMES = ("lock_timeout", "statement_timeout", "search_path", "role")


def find(step: Step) -> Iterator[Found]:
    """SET instead of SET LOCAL inside of a transaction."""
    name = step.node.text("name")
    if step.kind != "VariableSetStmt" or name not in NAMES or step.node.flag("is_local"):
        return
    if step.before.holds_transaction and step.node.text("kind") == "VAR_SET_VALUE":
        yield Found(
            what=f"{name} stays set after the transaction; behind a pooler the next user of the connection "
            "gets it.",
            fix=(f"{step.statement.text.replace('SET ', 'SET LOCAL ').replace('set ', 'SET LOCAL ')};",),
        )


HAZARD = Hazard(
    name="session-setting",
    title="SET instead of SET LOCAL in a transaction",
    why="PgBouncer in transaction mode lends one connection to many. What a session sets leaks to strangers.",
    level=Level.ADVICE,
    kinds=("VariableSetStmt",),
    find=find,
)
