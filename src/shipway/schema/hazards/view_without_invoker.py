"""A view around row-level security."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.sql.names import relation

INVOKER_SINCE = 15


def find(step: Step) -> Iterator[Found]:
    """Over a table with policies, without security_invoker."""
    if step.kind != "ViewStmt" or step.server.version < INVOKER_SINCE:
        return
    if any(one.text("defname") == "security_invoker" for one in step.node.nodes("options")):
        return
    tables = [one for one in step.node.node("query").walk() if one.kind == "RangeVar"]
    for table in tables:
        name = table.text("relname")
        known = step.known(name)
        if name in step.before.policed or (known is not None and known.has_policies):
            view = relation(step.node.node("view"))
            yield Found(
                what=f"Who may read {view} reads every row of {relation(table)}, past its row-level security.",
                fix=(f"ALTER VIEW {view} SET (security_invoker = true);",),
                table=name,
            )


HAZARD = Hazard(
    name="view-without-invoker",
    title="A view over a table with row-level security, without security_invoker",
    why="A view reads with its owner's rights, and policies do not hold for the owner of a table.",
    kinds=("ViewStmt",),
    find=find,
)
