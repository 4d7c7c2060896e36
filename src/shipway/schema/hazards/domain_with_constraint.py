"""CREATE DOMAIN with a constraint."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step


def find(step: Step) -> Iterator[Found]:
    """CHECK or NOT NULL."""
    if step.kind == "CreateDomainStmt" and step.node.nodes("constraints"):
        yield Found(
            what="Changing this rule later will lock and scan every table that uses the domain.",
            fix=("-- keep the type plain, and put the CHECK on each column, NOT VALID first",),
        )


HAZARD = Hazard(
    name="domain-with-constraint",
    title="CREATE DOMAIN with a constraint",
    why="It costs nothing today. Its changes are the ones that cannot be made table by table.",
    level=Level.ADVICE,
    squawk=("ban-create-domain-with-constraint",),
    kinds=("CreateDomainStmt",),
    find=find,
)
