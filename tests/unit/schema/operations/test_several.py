"""SQL of columns that are split and merged: any name stays a name, and what cannot be is refused at once."""

import pytest
from hypothesis import assume, given

from shipway.schema.operations import named
from shipway.schema.operations.built import Built, Unfit
from shipway.schema.sql.names import quoted
from shipway.schema.sql.parse import Source, statements
from shipway.schema.table import Column, Constraint, Table
from unit.schema.operations.test_pair import NAMES, sql, table

CHANGE = {"change": "change_0", "where": "m.yaml:3:5"}


def split(target: Table, **more: str) -> Built:
    options = {
        "table": target.name,
        "column": "name",
        "into.first": "text",
        "into.last": "text",
        "up.first": "split_part(name, ' ', 1)",
        "up.last": "split_part(name, ' ', 2)",
        "down": "concat_ws(' ', first, last)",
        **more,
    }
    return named("split_column").build(options, target, **CHANGE)


@given(NAMES, NAMES, NAMES, NAMES)
def test_any_name_stays_a_name(name: str, old: str, first: str, last: str) -> None:
    assume(len({old, first, last, "id"}) == 4)
    options = {
        "table": name,
        "column": old,
        f"into.{first}": "text",
        f"into.{last}": "text",
        f"up.{first}": f"lower({quoted(old)})",
        f"up.{last}": f"upper({quoted(old)})",
        "down": f"{quoted(first)} || {quoted(last)}",
    }
    built = named("split_column").build(options, table(name, old), **CHANGE)
    assert built.backfill is not None
    update = f"UPDATE {built.backfill.table} SET {built.backfill.assignment} WHERE {built.backfill.missing}"
    for text in (*sql(built), update, built.verify[0].query, built.verify[0].sample):
        (one,) = statements(Source(text, "s"))
        assert not one.error, text
    (update_,) = statements(Source(update, "s"))
    assert [one.text("name") for one in update_.node.nodes("target_list")] == [first, last]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"up.last": "note"}, "`up` of last names note, and may name only name"),
        ({"down": "first || name"}, "`down` of name names name, and may name only first, last"),
        ({"up.middle": "name"}, "`up` needs one expression for each of first, last"),
        ({"into.id": "text", "up.id": "name"}, "has a column id already"),
    ],
)
def test_expressions_are_over_the_other_side_alone(options: dict[str, str], said: str) -> None:
    with pytest.raises(Unfit) as error:
        split(table("users", "name"), **options)
    assert said in error.value.why


@pytest.mark.parametrize("up", ["name; DROP TABLE users", "name FROM users", "name, 1", ""])
def test_an_expression_that_is_more_than_one_is_refused(up: str) -> None:
    with pytest.raises(Unfit, match="is no expression"):
        split(table("users", "name"), **{"up.last": up})


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"key": ()}, "has no primary key"),
        ({"key": ("name",)}, "part of the key"),
        ({"constraints": (Constraint(name="x", kind="x", definition="", columns=("name",)),)}, "exclusion"),
        (
            {"constraints": (Constraint(name="f", kind="f", definition="", columns=("name",), is_incoming=True),)},
            "The foreign key f needs it",
        ),
        ({"columns": (Column(name="name", type="int", sequence="s"),)}, "from a sequence"),
        ({"columns": (Column(name="name", type="text", special="it is generated"),)}, "Of name, it is generated"),
    ],
)
def test_what_cannot_be_exchanged_is_refused_before_anything_happens(more: dict[str, object], said: str) -> None:
    with pytest.raises(Unfit) as error:
        split(table("users", "name", **more))
    assert said in error.value.why


def test_what_goes_with_the_old_column_is_said_in_the_plan() -> None:
    check = Constraint(name="users_name_check", kind="c", definition="CHECK (name <> '')", columns=("name",))
    (batch,) = split(table("users", "name", constraints=(check,))).contract
    assert batch.what == "drop the old users.name, and with it users_name_check"
