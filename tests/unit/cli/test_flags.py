"""`shipway flags`: as people type it, on a file."""

import json
from pathlib import Path

import pytest

from shipway.cli.render import flags as render
from shipway.cli.shell.flag_desk import FileDesk, entry
from shipway.cli.shell.root import run
from shipway.errors import ShipwayError
from shipway.flags.documents import document_of, text_of
from shipway.flags.load import parse_flags

TEXT = """features:
  new-checkout: # the new one
    rollout: {percentage: 25}
    targeting:
      - rule: "user.region == 'us-west'"
    variants: {control: 50, bold: 50}
    owner: payments
    expires: 2027-03-01
  search: {enabled: false, allowlist: [{user_id: 007}]}
"""


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHIPWAY_FLAGS", raising=False)
    path = tmp_path / "feature-flags.yaml"
    path.write_text(TEXT)
    return path


def test_the_list_says_who_has_what(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["flags", "list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "flag          who has it      variants       owner     until",
        "new-checkout  25% and 1 rule  control, bold  payments  2027-03-01",
        "search        off but a list",
    ]
    run(["flags", "list", "--json"])
    assert [one["share"] for one in json.loads(capsys.readouterr().out)] == [25_000, 100_000]


def test_a_flag_is_shown_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    run(["flags", "show", "search"])
    shown = parse_flags(capsys.readouterr().out, file="").features["search"]
    assert shown == parse_flags(TEXT, file="").features["search"]


def test_an_explanation_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    run(["flags", "explain", "new-checkout", "user_id=1", "region=us-west"])
    assert "this holds for the user: user.region == 'us-west'" in capsys.readouterr().out
    run(["flags", "explain", "search", "user_id=007", "--json"])
    assert json.loads(capsys.readouterr().out)["reason"] == "allowlist"


def test_changes_keep_the_rest_of_the_file(file: Path) -> None:
    run(["flags", "kill", "search"])
    run(["flags", "set", "new-checkout", "rollout.percentage=50", "owner=a team: of two"])
    run(["flags", "disable", "new-checkout"])
    found = parse_flags(file.read_text(), file="").features
    assert found["search"].is_killed and not found["new-checkout"].enabled
    assert found["new-checkout"].rollout.share == 50_000 and found["new-checkout"].owner == "a team: of two"
    assert "# the new one" in file.read_text() and "[{user_id: 007}]" in file.read_text()


def test_a_ramp_is_a_first_step_and_a_schedule(file: Path) -> None:
    run(["flags", "ramp", "search", "--to", "5,25,100", "--bake", "30m"])
    flag = parse_flags(file.read_text(), file="").features["search"]
    assert flag.enabled and flag.rollout.share == 5_000
    first, second = flag.schedule
    assert (first.share, second.share) == (25_000, 100_000) and second.at - first.at == 1800
    run(["flags", "ramp", "search", "--to", "10"])
    flag = parse_flags(file.read_text(), file="").features["search"]
    assert flag.rollout.share == 10_000 and flag.schedule == ()


@pytest.mark.parametrize(("to", "stays"), [("5,25,50", True), ("5,50", True), ("50", False)])
def test_a_ramp_takes_a_flag_from_nobody(file: Path, to: str, *, stays: bool) -> None:
    """At 25% a step of as many or fewer is where it stands."""
    run(["flags", "ramp", "new-checkout", "--to", to])
    flag = parse_flags(file.read_text(), file="").features["new-checkout"]
    assert flag.rollout.share == (25_000 if stays else 50_000)
    assert [change.share for change in flag.schedule] == [50_000] * stays


def test_a_killed_flag_is_not_ramped(file: Path) -> None:
    run(["flags", "kill", "search"])
    before = file.read_text()
    with pytest.raises(ShipwayError, match="search was killed") as caught:
        run(["flags", "ramp", "search", "--to", "5,25"])
    assert caught.value.code == "flag-killed" and file.read_text() == before


@pytest.mark.parametrize(
    "words",
    [
        ["kill", "new-chekout"],
        ["show", "none"],
        ["set", "new-checkout", "nonsense=1"],
        ["set", "new-checkout", "rollout.percentage"],
        ["set", "new-checkout", "rollout.percentage=101"],
        ["ramp", "new-checkout", "--to", "50,5"],
        ["ramp", "new-checkout", "--to", "x"],
        ["ramp", "new-checkout", "--to", "5,25"],
        ["ramp", "none", "--to", "5,25"],
        ["ramp", "new-checkout", "--to", "5,6", "--bake", "soon"],
        ["test", "none.yaml"],
        ["list", "--server", "nowhere"],
    ],
)
def test_what_cannot_be_done_changes_nothing_and_says_why(file: Path, words: list[str]) -> None:
    with pytest.raises(ShipwayError) as caught:
        run(["flags", *words])
    assert caught.value.fix
    assert file.read_text() == TEXT


def test_a_flag_that_is_not_there_is_only_made_by_set(file: Path) -> None:
    run(["flags", "set", "page-size", "value=50"])
    assert FileDesk(file).document()["features"]["page-size"] == {"value": 50}


def test_expectations_that_are_not_met_end_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "feature-flags.tests.yaml"
    path.write_text("- {flag: search, user: {user_id: '007'}, expect: true}\n")
    assert run(["flags", "test"]) == 0
    path.write_text(path.read_text() + "- {flag: search, user: {user_id: 8}, expect: true}\n")
    assert run(["flags", "test"]) == 3
    assert "expected on, and it is off" in capsys.readouterr().out
    path.write_text("- {flag: search}\n")
    with pytest.raises(ShipwayError):
        run(["flags", "test"])


def test_a_document_is_the_file_again() -> None:
    document = document_of(TEXT, file="")
    assert parse_flags(text_of(document), file="") == parse_flags(TEXT, file="")
    assert entry(document, "search")["allowlist"] == [{"user_id": "007"}]


def test_pairs_are_numbers_and_words_as_they_read() -> None:
    found = render.pairs(["a=1", "b=x=y", "c=true", "d=", "e=007", "f=1e999", "g=[1]"])
    assert found == {"a": 1, "b": "x=y", "c": True, "d": "", "e": "007", "f": "1e999", "g": [1]}
