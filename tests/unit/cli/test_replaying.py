"""Where recorded releases come from, and what is said when they cannot be had."""

from pathlib import Path

import pytest

from shipway.cli.render.replay import summary
from shipway.cli.shell.analyzing import read as read_sides
from shipway.cli.shell.analyzing import read_prometheus
from shipway.cli.shell.past import NoPrometheus
from shipway.cli.shell.replaying import chosen, read
from shipway.engine.replay import Replayed
from shipway.errors import PortError, ShipwayError, UnknownName
from shipway.home import VARIABLE
from shipway.spec.recordings import WrongRecording, lines_of
from unit.engine.recordings import drawn

URL = "http://127.0.0.1:9"
LEAST = "service: a\nplatform: {process: {command: 'x {port}'}}\n"
ASKED = LEAST + "metrics: {prometheus: {url: 'http://elsewhere', requests: 'r{version=\"{version}\"}'}}\n"
TABLE = "release,stable,candidate,start,end\nx,1,2,0,60\n"


def wrote(tmp_path: Path, text: str, name: str) -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_one_release_is_chosen_by_its_name_and_a_slip_is_told() -> None:
    both = [drawn("1.9.0"), drawn("1.9.1")]
    assert chosen(both, None) == both
    assert [one.name for one in chosen(both, "1.9.1")] == ["1.9.1"]
    with pytest.raises(UnknownName) as caught:
        chosen(both, "1.9.2")
    assert "Did you mean" in caught.value.fix


def test_prometheus_needs_releases_of_this_home_or_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "home"))
    with pytest.raises(ShipwayError, match="Nobody says what was released of a"):
        read(URL, wrote(tmp_path, ASKED, "shipway.yaml"), None)


def test_prometheus_needs_queries(tmp_path: Path) -> None:
    with pytest.raises(NoPrometheus, match="does not say what to ask"):
        read(URL, wrote(tmp_path, LEAST, "shipway.yaml"), wrote(tmp_path, TABLE, "past.csv"))


def test_the_address_on_the_command_line_is_the_one_that_is_asked(tmp_path: Path) -> None:
    with pytest.raises(PortError) as caught:
        read(URL, wrote(tmp_path, ASKED, "shipway.yaml"), wrote(tmp_path, TABLE, "past.csv"))
    assert "127.0.0.1" in str(caught.value)


@pytest.mark.parametrize(
    ("versions", "during", "what"),
    [
        (("1.8.2",), "30m", "Two versions and a release file are needed"),
        (("1.8.2", "1.9.0"), "30", "`30` has no unit"),
    ],
)
def test_a_comparison_by_prometheus_needs_all_of_its_words(
    tmp_path: Path, versions: tuple[str, ...], during: str, what: str
) -> None:
    with pytest.raises(ShipwayError) as caught:
        read_prometheus((URL, during), wrote(tmp_path, ASKED, "shipway.yaml"), versions)
    assert what in caught.value.what


def past(tmp_path: Path, *names: str) -> str:
    lines = [line for name in names for line in lines_of(drawn(name))]
    return str(wrote(tmp_path, "\n".join(line.decode() for line in lines), "past.jsonl"))


def test_one_release_of_many_is_compared_only_if_it_is_named(tmp_path: Path) -> None:
    path = past(tmp_path, "1.9.0", "1.9.1")
    assert read_sides([path, "1.9.0"]).name == "1.9.0"
    with pytest.raises(UnknownName):
        read_sides([path, "1.9.2"])
    assert read_sides([past(tmp_path, "1.9.1")]).name == "1.9.1"
    with pytest.raises(ShipwayError, match=r"holds 2 releases") as caught:
        read_sides([past(tmp_path, "1.9.0", "1.9.1")])
    assert "shipway analyze past.jsonl 1.9.1" in caught.value.fix


def test_one_versions_file_alone_is_told_from_a_recording(tmp_path: Path) -> None:
    path = wrote(tmp_path, "at,requests,errors\n0,0,0\n5,10,1\n", "stable.csv")
    with pytest.raises(WrongRecording, match="has one version's counts"):
        read_sides([str(path)])


def test_the_sum_of_a_replay_agrees_with_its_numbers() -> None:
    caught = Replayed(name="a", was="bad", seconds=9.0, back_at=1.0)
    good, unsaid = (Replayed(name="b", was=was, seconds=9.0) for was in ("good", ""))
    assert summary([caught, good, unsaid]) == (
        "Of 3 releases the guard would have taken back 1. It caught 1 of 1 bad one. False alarms: none in 1 good "
        "one. Nobody has said of 1 what it was: write `was` into it."
    )
    assert summary([unsaid, unsaid]).endswith(
        "taken back none. Nobody has said of 2 what they were: write `was` into them."
    )
