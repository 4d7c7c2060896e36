"""CREATE TRIGGER and switching triggers."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Lock
from shipway.schema.sql.names import relation

SWITCHES = (
    "AT_EnableTrig",
    "AT_DisableTrig",
    "AT_EnableTrigAll",
    "AT_DisableTrigAll",
    "AT_EnableTrigUser",
    "AT_DisableTrigUser",
)


def find(step: Step) -> Iterator[Found]:
    """On a table in use."""
    target = step.node.node("relation")
    is_made = step.kind == "CreateTrigStmt" and not step.is_new(target.text("relname"))
    if is_made or any(alterations(step, *SWITCHES)):
        yield Found(
            what=f"It waits for every transaction that has written to {relation(target)}; writers wait behind it.",
            fix=("SET lock_timeout = '50ms';  -- and try again when it runs out", f"{step.statement.text};"),
            table=target.text("relname"),
        )


HAZARD = Hazard(
    name="create-trigger",
    title="CREATE TRIGGER, or switching triggers",
    why="It takes a SHARE ROW EXCLUSIVE lock: an instant, once it has it. A lock timeout bounds how long "
    "writers wait.",
    lock=Lock.SHARE_ROW_EXCLUSIVE,
    level=Level.ADVICE,
    kinds=(
        "AlterTableStmt",
        "CreateTrigStmt",
    ),
    find=find,
)
