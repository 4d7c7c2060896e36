"""Rights that go from a column and come back: on a model of what PostgreSQL does with the statements."""

import re

from hypothesis import given
from hypothesis import strategies as st

from shipway.schema.grants import Grant, taken

COLUMNS = ("id", "email", "note")
STATEMENT = re.compile(
    r"(?P<verb>GRANT|REVOKE) (?P<right>\w+)(?: \((?P<columns>[^)]*)\))? ON users (?:TO|FROM) (?P<role>\w+)"
    r"(?P<pass> WITH GRANT OPTION)?"
)
Held = set[tuple[str, str, str, bool]]


def after(statements: tuple[str, ...], held: Held) -> Held:
    """REVOKE of a table's right takes those of its columns too."""
    for text in statements:
        found = STATEMENT.fullmatch(text)
        assert found, text
        names = (found["columns"] or "").split(", ")
        if found["verb"] == "REVOKE":
            held = {one for one in held if one[:2] != (found["role"], found["right"])}
        else:
            held = held | {(found["role"], found["right"], name, bool(found["pass"])) for name in names}
    return held


grants = st.lists(
    st.builds(
        Grant,
        role=st.sampled_from(["ana", "PUBLIC"]),
        right=st.sampled_from(["SELECT", "INSERT", "UPDATE"]),
        column=st.sampled_from(["", *COLUMNS]),
        may_pass_on=st.booleans(),
    ),
    unique_by=lambda one: (one.role, one.right, one.column),
)


@given(grants)
def test_old_columns_are_out_of_reach_others_are_not_and_everything_comes_back(given: list[Grant]) -> None:
    before: Held = {(one.role, one.right, one.column, one.may_pass_on) for one in given}
    found = taken("users", COLUMNS, ["email"], given)
    frozen = after(found.take, before)
    assert not any(column == "email" for *_, column, _ in frozen)
    whole = {(role, right) for role, right, column, _ in before if not column}
    reached = {(role, right) for role, right, *_ in frozen}
    assert not any(not column and (role, right) in whole for role, right, column, _ in frozen)
    for role, right in whole:
        assert (role, right) in reached
        assert {column for a, b, column, _ in frozen if (a, b) == (role, right)} == {"id", "note"}
    assert after(found.back, frozen) == before == after(found.back, after(found.back, frozen))


def test_rights_that_were_passed_on_are_left_alone() -> None:
    found = taken("users", COLUMNS, ["email"], [Grant(role="ana", right="SELECT", is_movable=False)])
    assert (found.take, found.back, found.roles) == ((), (), ())
