"""A NOT VALID foreign key on a partitioned table."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations

ALLOWED_SINCE = 18


def find(step: Step) -> Iterator[Found]:
    """Refused before 18."""
    for one in alterations(step, "AT_AddConstraint", with_new=True):
        known = step.known(one.name)
        is_partitioned = one.name in step.before.partitioned or (known is not None and known.is_partitioned)
        is_key = one.definition.text("contype") == "CONSTR_FOREIGN" and one.definition.flag("skip_validation")
        if is_partitioned and is_key and step.server.version < ALLOWED_SINCE:
            yield Found(
                what=f"PostgreSQL {step.server.version} refuses NOT VALID foreign keys on {one.table}, which "
                "is partitioned.",
                fix=("-- add and validate the key on each partition first, then on the partitioned table",),
                table=one.name,
                at=one.definition,
            )


HAZARD = Hazard(
    name="partitioned-key",
    title="A NOT VALID foreign key on a partitioned table",
    why="Before 18 PostgreSQL refuses it.",
    kinds=("AlterTableStmt",),
    find=find,
)
