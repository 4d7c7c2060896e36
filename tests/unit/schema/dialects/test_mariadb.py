"""What MariaDB's operations read and write, without a server."""

import re

import pytest

from shipway.adapters.databases.mariadb.dialect import walking
from shipway.adapters.databases.opening import dialect_of
from shipway.schema.dialects import operation
from shipway.schema.dialects.mariadb.keys import changeable
from shipway.schema.dialects.mariadb.names import identifiers, literal, quoted, renamed
from shipway.schema.dialects.mariadb.reading import bound, expression, is_constant, type_of
from shipway.schema.operations import NAMES
from shipway.schema.operations.built import Backfill, Batch, Built, Unfit
from shipway.schema.table import Column, Constraint, Index, Table

TABLE = Table(
    schema="shop",
    name="users",
    rows=9,
    key=("id",),
    columns=(
        Column(name="id", type="bigint(20)", is_required=True, special="it numbers its rows"),
        Column(name="email", type="varchar(80)", collation="utf8mb4_bin", is_required=True),
        Column(name="age", type="int(11)"),
        Column(name="changed", type="timestamp", is_touched=True, special="each UPDATE sets it"),
    ),
    indexes=(Index(name="by_mail", definition="UNIQUE INDEX `by_mail` (`email`)", columns=("email",)),),
    constraints=(Constraint(name="long", kind="c", definition="length(`email`) > 2", columns=("email",)),),
)
STEPS = {
    "rename_column": {"table": "users", "from": "email", "to": "mail"},
    "change_type": {"table": "users", "column": "age", "to": "bigint"},
    "add_column": {"table": "users", "column": "token", "type": "uuid", "default": "uuid()", "required": "true"},
    "drop_column": {"table": "users", "column": "age"},
    "set_not_null": {"table": "users", "column": "age", "backfill": "0"},
    "drop_not_null": {"table": "users", "column": "email"},
    "set_default": {"table": "users", "column": "age", "default": "7"},
    "add_index": {"table": "users", "on": "age"},
    "add_unique": {"table": "users", "columns": "age"},
    "add_check": {"table": "users", "check": "age > 0"},
    "add_foreign_key": {"table": "users", "columns": "age", "references": "ages", "to": "id"},
}


def built(name: str) -> Built:
    return operation("mariadb", name).build(STEPS[name], TABLE, change="moved_0", where="m.yaml:1:1")


def batches(name: str) -> list[Batch]:
    one = built(name)
    return [*one.expand, *one.dual_write, *one.finish, *one.contract, *one.revert]


@pytest.mark.parametrize("name", STEPS)
def test_every_alter_says_how_and_never_to_copy_and_has_a_proof(name: str) -> None:
    for batch in batches(name):
        (text,) = batch.statements
        assert batch.proof or name == "set_default" or text.count("IF EXISTS"), "it could not be repeated"
        if "ALTER TABLE" in text:
            assert re.search(r"ALGORITHM=(INSTANT|NOCOPY|INPLACE), LOCK=NONE$", text), text


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(STEPS)))
def test_an_operation_that_mariadb_does_not_have_says_so(name: str) -> None:
    for dialect in ("mariadb", "sqlite"):
        with pytest.raises(Unfit, match="is not done on"):
            operation(dialect, name).build({"table": "users"}, TABLE, change="x_0", where="m.yaml:1:1")


def test_a_backfill_leaves_columns_alone_that_each_update_sets() -> None:
    for name in ("rename_column", "add_column", "set_not_null"):
        backfill = built(name).backfill
        assert backfill is not None
        assert backfill.assignment.endswith(", `changed` = `changed`")


def test_triggers_go_before_the_column_that_they_name() -> None:
    for name in ("rename_column", "change_type"):
        texts = [batch.statements[0] for batch in built(name).contract]
        drop = next(at for at, text in enumerate(texts) if "DROP COLUMN" in text)
        assert all(at < drop for at, text in enumerate(texts) if "DROP TRIGGER" in text)
        assert any("DROP TRIGGER" in text for text in texts)


@pytest.mark.parametrize(
    "text",
    ["1) or (1", "1; drop table t", "a -- x", "a # x", "a /* x */", "(select 1)", "a as b", "a, b", "'"],
)
def test_what_is_not_one_expression_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        expression({"check": text}, "check", where="m.yaml")


@pytest.mark.parametrize(
    "text", ["int not null", "int default 5", "int, drop x", "int; drop table t", "", "int /* x */"]
)
def test_what_is_not_one_type_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        type_of({"to": text}, "to", where="m.yaml")


@pytest.mark.parametrize(
    "text", ["bigint", "varchar(80) character set utf8mb4", "int unsigned", "enum('a,b', ')')"]
)
def test_a_type_is_kept_as_it_is_written(text: str) -> None:
    assert type_of({"to": text}, "to", where="m.yaml") == text


def test_columns_of_an_expression_become_those_of_a_row() -> None:
    said = bound("concat(email, 'email', `Age`, date_add(now(), interval age day), other)", TABLE, row="NEW")
    expected = "concat(NEW.`email`, 'email', NEW.`Age`, date_add(now(), interval NEW.`age` day), other)"
    assert said == expected


def test_constants() -> None:
    assert all(is_constant(text) for text in ("7", "-7", "'x'", "NULL", "(1.5)", "TRUE"))
    assert not any(is_constant(text) for text in ("uuid()", "a", "1 + 1", "now()"))


def test_names_are_changed_and_texts_are_not() -> None:
    text = "`a` > 'the `a`' and `a``b` = \"`a`\" and `b` = `a`"
    assert renamed(text, {"a": "c`d"}) == "`c``d` > 'the `a`' and `a``b` = \"`a`\" and `b` = `c``d`"
    assert identifiers(text) == {"a", "a`b", "b"}
    assert (quoted("a`b"), literal("it's\\")) == ("`a``b`", "'it''s\\\\'")


def test_a_key_of_several_columns_is_walked_by_each_of_them() -> None:
    what = Backfill(table="t", key=("`a`", "`b`"), assignment="x = 1", missing="TRUE", rows=9)
    rows = walking(what, {"`a`": "int(11)", "`b`": "binary(16)"})
    assert rows.reads == "`a`, HEX(`b`)"
    text, values = rows.until([3, "FF"])
    assert text == "`a` <= %s AND ((`a` < %s) OR (`a` = %s AND `b` <= UNHEX(%s)))"
    assert values == (3, 3, 3, "FF")


def test_an_address_says_which_dialect_it_is() -> None:
    said = {
        "mariadb://u@h/d": "mariadb",
        "mysql+pymysql://u@h/d": "mariadb",
        "sqlite:///x.db": "sqlite",
        "postgresql://h/d": "postgres",
        "host=db dbname=shop": "postgres",
    }
    assert {url: dialect_of(url) for url in said} == said


def test_what_is_told_in_place_of_widening_a_key_keeps_its_collation_and_default() -> None:
    code = Column(name="code", type="varchar(10)", collation="utf8mb4_bin", is_required=True, default="'x'")
    table = Table(schema="shop", name="parts", rows=9, columns=(code,), key=("code",), server=1102)
    with pytest.raises(Unfit) as caught:
        changeable(table, code, "varchar(40)", where="0007.yaml")
    assert "MODIFY `code` varchar(40) COLLATE utf8mb4_bin NOT NULL DEFAULT 'x', ALGO" in str(caught.value)
