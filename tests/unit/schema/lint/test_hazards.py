"""Every hazard is found where it is, not found where it is not, and its fix does not have it."""

import pytest

from shipway.schema.hazards import NAMES, hazards
from shipway.schema.lint.check import check
from shipway.schema.lint.hazard import Finding
from shipway.schema.lint.tables import Server, Table
from shipway.schema.sql.parse import Source
from unit.schema.lint.cases import HAZARDS, KNOWN

MODERN = 17
LATER = {"create-trigger", "drop-trigger", "drop-column", "drop-not-null"}
"""Their fix is the same statement, at another moment."""


def found(sql: str, *, version: int = MODERN, is_wrapped: bool = False) -> list[Finding]:
    return check(Source(sql, "m.sql"), Server(version=version), is_wrapped=is_wrapped)


def names(sql: str, *, version: int = MODERN, is_wrapped: bool = False) -> set[str]:
    return {one.hazard.name for one in found(sql, version=version, is_wrapped=is_wrapped)}


def test_every_hazard_has_a_case() -> None:
    assert set(HAZARDS) | set(KNOWN) == set(NAMES)


def test_a_hazard_is_named_as_its_file() -> None:
    assert tuple(hazard.name for hazard in hazards()) == NAMES


@pytest.mark.parametrize("name", HAZARDS)
def test_it_is_found(name: str) -> None:
    assert name in names(HAZARDS[name][0])


@pytest.mark.parametrize("name", HAZARDS)
def test_it_is_not_found_where_it_is_not(name: str) -> None:
    assert name not in names(HAZARDS[name][1])


@pytest.mark.parametrize("name", KNOWN)
def test_it_is_found_where_a_database_tells(name: str) -> None:
    server, bad, good = KNOWN[name]
    assert name in {one.hazard.name for one in check(Source(bad, "m.sql"), server)}
    assert name not in {one.hazard.name for one in check(Source(good, "m.sql"), server)}
    assert name not in names(bad), "without a database nobody can know"


@pytest.mark.parametrize("name", HAZARDS)
def test_its_fix_is_sql_without_it(name: str) -> None:
    """Fixes that a person must finish have an ellipsis or a word in angle brackets."""
    for one in found(HAZARDS[name][0]):
        if one.hazard.name != name:
            continue
        assert one.found.fix, "a way out"
        text = "\n".join(line for line in one.found.fix if not line.startswith("--"))
        if text and "…" not in text and "<" not in text:
            assert not {name, "not-read"} & names(text) - LATER, text


def test_a_table_that_the_file_makes_is_used_by_nobody() -> None:
    sql = "create table t (id bigint); create index i on t (id); alter table t alter id set not null;"
    assert not names(sql) & {"create-index", "set-not-null"}


@pytest.mark.parametrize(("version", "is_found"), [(10, True), (11, False)])
def test_a_constant_default_rewrites_before_11(version: int, is_found: bool) -> None:
    assert ("volatile-default" in names("alter table t add a int default 1;", version=version)) == is_found


@pytest.mark.parametrize(
    "default", ["'a' || 'b'", "1 + 1", "'{}'::jsonb", "array[]::text[]", "current_date", "lower('A')"]
)
def test_a_default_that_is_computed_once_is_fine(default: str) -> None:
    assert "volatile-default" not in names(f"alter table t add a text default {default};")


@pytest.mark.parametrize(
    "default", ["random()", "clock_timestamp()", "nextval('s')", "my_own()", "upper(my_own())"]
)
def test_a_default_that_may_differ_from_row_to_row_is_not(default: str) -> None:
    assert "volatile-default" in names(f"alter table t add a text default {default};")


def test_a_valid_check_is_not_trusted_before_12() -> None:
    assert "set-not-null" in names(HAZARDS["set-not-null"][1], version=11)


def test_since_18_not_null_is_added_in_two_steps() -> None:
    (one,) = [
        one
        for one in found("alter table t alter a set not null;", version=18)
        if one.hazard.name == "set-not-null"
    ]
    assert one.found.fix[0] == "ALTER TABLE t ADD CONSTRAINT t_a_not_null NOT NULL a NOT VALID;"


def test_identifiers_are_quoted_in_a_fix() -> None:
    (one,) = [one for one in found('create index on "Order" ("select")') if one.hazard.name == "create-index"]
    assert 'ON "Order" USING btree ("select")' in one.found.fix[1]


@pytest.mark.parametrize(
    ("old", "new", "is_free"),
    [
        ("character varying(20)", "varchar(40)", True),
        ("character varying(40)", "varchar(20)", False),
        ("character varying(20)", "text", True),
        ("numeric(10,2)", "numeric(12, 2)", True),
        ("numeric(10,2)", "numeric(12, 4)", False),
        ("integer", "bigint", False),
    ],
)
def test_a_database_tells_which_types_are_free(old: str, new: str, is_free: bool) -> None:
    server = Server(tables={"t": Table(rows=9, size_bytes=9, types={"a": old})}, is_asked=True)
    read = check(Source(f"alter table t alter a type {new};", "m.sql"), server)
    assert ("change-type" not in {one.hazard.name for one in read}) == is_free


def test_places_are_those_of_the_text_also_beyond_ascii() -> None:
    read = found("-- größer\nselect 'ä'; alter table t drop ü;\n\n  drop table x;")
    places = {one.hazard.name: (one.line, one.column) for one in read}
    assert places["drop-column"] == (2, 13)
    assert places["drop-table"] == (4, 3)


def test_what_cannot_be_read_hides_nothing_else() -> None:
    sql = "create index i on t (a);\nalter tabel x;\n\\connect shop\ndrop table u;"
    assert {"create-index", "not-read"} <= names(sql)
    assert [one.line for one in found(sql) if one.hazard.name == "not-read"] == [2, 3]


@pytest.mark.parametrize(
    "comment",
    [
        "-- shipway: ignore drop-table because it was never used",
        "-- squawk-ignore ban-drop-table",
        "-- shipway: ignore",
    ],
)
def test_a_comment_above_silences_one_statement(comment: str) -> None:
    read = [
        one.line for one in found(f"{comment}\ndrop table t;\ndrop table u;") if one.hazard.name == "drop-table"
    ]
    assert read == [3]


def test_a_comment_silences_a_whole_file() -> None:
    assert "drop-table" not in names("-- squawk-ignore-file ban-drop-table\nselect 1;\n\n\ndrop table t;")


def test_a_wrapped_file_is_in_a_transaction() -> None:
    assert "concurrently-in-transaction" in names("create index concurrently i on t (a);", is_wrapped=True)
    assert "transaction-nesting" in names("commit;", is_wrapped=True)


def test_a_function_whose_body_is_text_uses_a_column_too() -> None:
    body = "begin return (select email from users limit 1); end"
    server = Server(
        tables={"users": Table(rows=9, size_bytes=9)},
        functions={"first_email()": body, "other()": "select my_email from users"},
        is_asked=True,
    )
    (one,) = [
        one
        for one in check(Source("alter table users drop email;", "m.sql"), server)
        if one.hazard.name == "column-in-use"
    ]
    assert "function first_email()" in one.found.what
    assert "other" not in one.found.what


def test_a_trigger_that_compares_whole_rows_is_seen_behind_the_column_too() -> None:
    sql = (
        "alter table t add b int generated always as (a + 1) stored; create trigger g before update on t"
        " for each row when (old.* is distinct from new.*) execute function f();"
    )
    assert "whole-row-trigger" in names(sql)
    assert "whole-row-trigger" not in names(sql.replace("before update", "after update"))
