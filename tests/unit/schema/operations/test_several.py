"""SQL of columns that are split and merged: any name stays a name, and what cannot be is refused at once."""

import pytest
from hypothesis import assume, given
from msgspec.structs import replace

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


@given(NAMES, NAMES, NAMES)
def test_names_of_tables_stay_names(name: str, column: str, new: str) -> None:
    assume(len({name, new}) == 2 and column != "id")
    wide = replace(table(name, column), columns=(*table(name, "id").columns[:1], Column(name=column, type="text")))
    steps = {"rename_table": {"to": new}, "split_table": {"columns": column, "into": new}}
    if "," in column or column != column.strip():
        del steps["split_table"]
    for word, options in steps.items():
        built = named(word).build({"table": name, **options}, wide, **CHANGE)
        texts = [*sql(built), *(check.query for check in built.verify)]
        texts += [built.backfill.statement("id > 1")] if built.backfill is not None else []
        for text in texts:
            (one,) = statements(Source(text, "s"))
            assert not one.error, text


@pytest.mark.parametrize(
    "columns",
    [
        "id int) PARTITION BY LIST (id",
        "id int); DROP TABLE users; --",
        "id int) WITH (fillfactor = 10",
        "",
        "id int,",
    ],
)
def test_columns_of_a_new_table_stay_within_its_brackets(columns: str) -> None:
    with pytest.raises(Unfit):
        named("add_table").build(
            {"table": "t", "columns": columns}, Table(schema="a", name="t", rows=0, columns=()), **CHANGE
        )


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (Column(name="city", type="text", is_required=True), "is NOT NULL"),
        (Column(name="city", type="text", default="'x'"), "has a default"),
        (Column(name="city", type="text", special="it is generated"), "it is generated"),
    ],
)
def test_a_column_that_cannot_leave_its_table_is_refused(column: Column, said: str) -> None:
    wide = Table(schema="a", name="users", rows=1, columns=(Column(name="id", type="int"), column), key=("id",))
    with pytest.raises(Unfit) as error:
        named("split_table").build({"table": "users", "columns": "city", "into": "more"}, wide, **CHANGE)
    assert said in error.value.why


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
