"""The file of a change: what is taken, and what is said of what is not."""

from pathlib import Path

import pytest

from shipway.cli.shell.writing import written
from shipway.errors import ShipwayError
from shipway.schema.change_file import load, parse_change
from shipway.schema.operations import NAMES
from shipway.spec.problems import InputErrors

GOOD = """\
change: email_address
steps:
  - rename_column: {table: users, from: email, to: email_address}
  - change_type:
      table: orders
      column: user_id
      to: bigint
      as: user_id_v2
hold: 14d
"""


def errors(text: str) -> list[ShipwayError]:
    with pytest.raises(InputErrors) as found:
        parse_change(text, file="m.yaml")
    return list(found.value.errors)


def test_a_change_is_read() -> None:
    change = parse_change(GOOD, file="m.yaml")
    assert (change.name, change.hold_seconds) == ("email_address", 14 * 86_400)
    assert [one.operation for one in change.steps] == ["rename_column", "change_type"]
    assert change.steps[1].options["as"] == "user_id_v2"
    assert change.steps[1].where == "m.yaml:4:5"


BESIDE = "change: x\nsteps:\n  - rename_column: {{table: users, from: email, to: e-mail}}\n  - {}\n"


def test_steps_that_know_nothing_of_each_other_may_change_one_table() -> None:
    free = "set_not_null: {table: users, column: plan, backfill: \"'free e_mail'\"}"
    assert len(parse_change(BESIDE.format(free), file="m.yaml").steps) == 2


def test_a_hyphen_in_a_name_is_an_underscore() -> None:
    change = parse_change(GOOD.replace("email_address\nsteps", "email-address\nsteps"), file="m.yaml")
    assert (change.name, change.digest) == ("email_address", parse_change(GOOD, file="m.yaml").digest)


def test_comments_and_order_do_not_make_another_change() -> None:
    other = f"# a comment\n{GOOD.replace('from: email, to: email_address', 'to: email_address, from: email')}"
    assert parse_change(other, file="n.yaml").digest == parse_change(GOOD, file="m.yaml").digest
    assert (
        parse_change(GOOD.replace("bigint", "int"), file="m.yaml").digest
        != parse_change(GOOD, file="m.yaml").digest
    )


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (GOOD.replace("hold: 14d", "hold: 14"), "m.yaml:9:7", "has no unit"),
        (GOOD.replace("hold:", "holds:"), "m.yaml:9:1", "There is no key `holds` here"),
        (GOOD.replace("rename_column", "rename_colum"), "m.yaml:3:5", "There is no operation `rename_colum`"),
        (GOOD.replace("from: email,", ""), "m.yaml:3:5", "`from` is missing"),
        (GOOD.replace("change: email_address", "change: E-Mail"), "m.yaml:1:9", "is no name"),
        (BESIDE.format("drop_column: {table: users, column: note}"), "m.yaml:4:5", "users is changed twice"),
        (BESIDE.format("set_not_null: {table: users, column: E-Mail}"), "m.yaml:4:5", "users is changed twice"),
        (
            BESIDE.format("set_not_null: {table: users, column: plan, backfill: 'upper(email)'}"),
            "m.yaml:4:5",
            "users is changed twice",
        ),
        (GOOD.replace("to: bigint", "to: [bigint]"), "m.yaml:7:11", "is no text"),
        ("change: x\nsteps: []\n", "m.yaml:2:8", "a list belongs here"),
        ("change: x\nsteps: [rename_column]\n", "m.yaml:2:9", "a step is one operation"),
        ("- change: x\n", "m.yaml:1:1", "a mapping belongs here"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, place: str, said: str) -> None:
    (one, *_) = [one for one in errors(text) if said in one.what]
    assert one.where == place
    assert one.why and one.fix


def test_everything_wrong_is_said_at_once() -> None:
    assert len(errors("change: X\nsteps:\n  - rename_column: {tabel: users}\nhold: soon\n")) == 6


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as found:
        load(tmp_path / "x.yaml")
    assert found.value.code == "file-missing"


def test_every_operation_is_a_file_of_its_name() -> None:
    folder = Path(__file__).parents[3] / "src" / "shipway" / "schema" / "operations"
    shared = {
        "__init__",
        "bounds",
        "built",
        "dividing",
        "finding",
        "making",
        "options",
        "pair",
        "phrasing",
        "requiring",
        "rights",
        "several",
        "triggering",
        "validating",
    }
    assert {path.stem for path in folder.glob("*.py")} - shared == set(NAMES)


@pytest.mark.parametrize("operation", NAMES)
def test_a_file_that_is_begun_for_somebody_can_be_read(operation: str, tmp_path: Path) -> None:
    change = load(written("mine", operation, tmp_path))
    assert [one.operation for one in change.steps] == [operation]
