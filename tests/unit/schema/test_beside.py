"""Two steps of one change that turn out to be about one table."""

import pytest

from shipway.schema.beside import apart, in_the_way
from shipway.schema.change import Written
from shipway.schema.operations.built import Unfit
from shipway.schema.table import Table

USERS = Table(schema="public", name="users", rows=9, columns=(), key=("id",))


def step(operation: str, **options: str) -> Written:
    return Written(operation=operation, options={"table": "users", **options}, where="m.yaml:4:5")


RENAMED = step("rename_column", **{"from": "email", "to": "address"})


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (step("rename_table", schema="public", to="people"), "takes it alone"),
        (step("set_not_null", schema="public", column="plan", backfill="upper(email)"), "Both steps name email"),
    ],
)
def test_a_table_that_is_named_with_and_without_its_schema_is_one(other: Written, why: str) -> None:
    assert in_the_way(other, RENAMED) == "", "as far as the file tells"
    with pytest.raises(Unfit) as raised:
        apart((RENAMED, other), (USERS, USERS))
    assert why in raised.value.why


def test_steps_that_know_nothing_of_each_other_stand_beside_each_other() -> None:
    apart((RENAMED, step("set_not_null", schema="public", column="plan")), (USERS, USERS))
