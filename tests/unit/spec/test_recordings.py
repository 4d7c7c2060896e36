"""Reading recorded releases: both formats, and what is wrong with them by its line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.model.noise import QUIET, Noise
from shipway.model.recording import Measured, RecordedLook, RecordedStage, Recording, Total
from shipway.model.share import Share
from shipway.spec.past_releases import past_releases
from shipway.spec.policy_file import load_policy
from shipway.spec.problems import InputErrors
from shipway.spec.recordings import WrongRecording, lines_of, outcome_line, recordings

HEAD = '{"release": {"name": "1.9.0", "stages": [{"name": "5%", "share": 5000}]}}\n'
CSV = """\
release,at,share,stable_requests,stable_errors,candidate_requests,candidate_errors,was,stable.memory,candidate.memory
1.9.0,0,0%,0,0,0,0,bad,,
1.9.0,30,5%,900,1,0,0,bad,100,
1.9.0,60,5%,1800,2,40,3,bad,100,180
1.9.0,90,25%,2700,2,400,30,bad,101,190
1.9.1,0,5%,0,0,0,0,,,
1.9.1,30,5%,900,1,47,0,,,
"""
TOTALS = st.builds(Total, requests=st.integers(0, 10**9), errors=st.integers(0, 10**6))
LOOKS = st.builds(
    RecordedLook,
    at=st.just(0.0),
    stage=st.integers(-1, 1),
    stable=st.one_of(st.none(), TOTALS),
    candidate=TOTALS,
    metrics=st.dictionaries(
        st.sampled_from(["memory", "declined"]),
        st.dictionaries(
            st.sampled_from(["stable", "candidate"]),
            st.builds(Measured, st.floats(0, 1e9), st.one_of(st.none(), st.floats(0, 1e9))),
        ),
    ),
)


def wrote(tmp_path: Path, text: str, name: str = "releases.jsonl") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def wrong(path: Path) -> WrongRecording:
    with pytest.raises(WrongRecording) as caught:
        recordings(path)
    return caught.value


@given(looks=st.lists(LOOKS, min_size=1, max_size=5), was=st.sampled_from(["", "good", "bad"]))
def test_what_is_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, looks: list[RecordedLook], was: str
) -> None:
    stages = tuple(
        RecordedStage(name=name, share=Share(share)) for name, share in (("5%", 5000), ("all", 100_000))
    )
    timed = tuple(
        RecordedLook(at=5.0 * n, stage=one.stage, stable=one.stable, candidate=one.candidate, metrics=one.metrics)
        for n, one in enumerate(looks)
    )
    noise = Noise(sigmas=2.0, block_seconds=10.0, extra_nats=(1.5, 3.0)) if was else QUIET
    recording = Recording(name="x", stages=stages, looks=timed, bounds_seconds=(0.1, 0.5), was=was, noise=noise)
    path = tmp_path_factory.mktemp("recordings") / "x.jsonl"
    path.write_bytes(b"\n".join(lines_of(recording)) + b"\n")
    assert recordings(path) == (recording,)


def test_a_table_becomes_releases_with_stages_and_metrics(tmp_path: Path) -> None:
    first, second = recordings(wrote(tmp_path, CSV, "releases.csv"))
    assert [(stage.name, stage.share, stage.stay) for stage in first.stages] == [
        ("5%", 5_000, 60.0),
        ("25%", 25_000, 1.0),
    ]
    assert [look.stage for look in first.looks] == [-1, 0, 0, 1]
    assert first.was == "bad" and second.was == ""
    assert first.looks[2].metrics == {"memory": {"stable": Measured(100.0), "candidate": Measured(180.0)}}
    assert "candidate" not in first.looks[1].metrics["memory"]
    assert first.looks[3].candidate == Total(requests=400, errors=30)


def test_a_folder_is_all_of_its_recordings(tmp_path: Path) -> None:
    wrote(tmp_path, CSV, "b.csv")
    wrote(tmp_path, HEAD + '{"at": 0}\n', "a.jsonl")
    wrote(tmp_path, "no recording", "notes.txt")
    assert [one.name for one in recordings(tmp_path)] == ["1.9.0", "1.9.0", "1.9.1"]


def test_how_a_release_ended_stands_at_its_end(tmp_path: Path) -> None:
    text = HEAD + '{"at": 0}\n' + outcome_line("finished").decode() + "\n"
    assert recordings(wrote(tmp_path, text))[0].outcome == "finished"


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("{", ":1", "no part of a recording"),
        ('{"at": 0}', ":1", "A look without a release"),
        ('{"release": {"name": "x", "stages": []}}', ":1", "A release without stages"),
        (HEAD.replace('"name": "1.9.0"', '"name": "x", "was": "great"'), ":1", "`great` is not known"),
        (HEAD + '{"at": 5}\n{"at": 5}', ":3", "not in order"),
        (HEAD + '{"at": 5, "stage": 4}', ":2", "no stage 4"),
        (HEAD + '{"at": 5, "candidate": {"requests": "many"}}', ":2", "no part of a recording"),
        ("\n\n", "", "No release is recorded here"),
    ],
)
def test_a_wrong_line_is_told_by_its_number(tmp_path: Path, text: str, where: str, what: str) -> None:
    path = wrote(tmp_path, text)
    error = wrong(path)
    assert what in error.what
    assert error.where == f"{path}{where}"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("share,", "", "The column share is missing"),
        ("1.9.0,30,5%", "1.9.0,30,5", "share: `5` has no percent sign"),
        ("1.9.0,60,5%,1800", "1.9.0,60,5%,many", "`many` in stable_requests is not a number"),
        ("1.9.0,60", "1.9.0,20", "Looks are not in order"),
    ],
)
def test_a_wrong_cell_is_told(tmp_path: Path, old: str, new: str, what: str) -> None:
    assert what in wrong(wrote(tmp_path, CSV.replace(old, new), "r.csv")).what


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "There is no nothing.csv here" in wrong(tmp_path / "nothing.csv").what


# Policies


def test_a_policy_is_a_guard_section_or_a_release_file(tmp_path: Path) -> None:
    alone = wrote(
        tmp_path, "guard: {false_rollback: 1%, metrics: {m: {resource: memory, worse_by: 50%}}}\n", "p.yaml"
    )
    whole = wrote(
        tmp_path,
        "service: a\nplatform: {process: {command: 'x {port}'}}\n" + alone.read_text(),
        "shipway.yaml",
    )
    assert load_policy(alone) == load_policy(whole)
    assert load_policy(alone).false_rollback == 0.01


def test_a_wrong_policy_is_told_with_its_place(tmp_path: Path) -> None:
    path = wrote(tmp_path, "guard:\n  false_rolback: 1%\n", "p.yaml")
    with pytest.raises(InputErrors) as caught:
        load_policy(path)
    assert caught.value.errors[0].where == f"{path}:2:3"
    assert "false_rollback" in caught.value.errors[0].fix


# Past releases

TABLE = """\
release,stable,candidate,start,end,was,stages
first,1.8.1,1.8.2,2026-05-09T12:00:00Z,2026-05-09T12:30:00+00:00,good
second,1.8.2,1.9.0,1778328000,1778329800,,5%@0s 25%@10m
"""


def test_a_table_of_past_releases_has_times_in_either_form(tmp_path: Path) -> None:
    first, second = past_releases(wrote(tmp_path, TABLE, "past.csv"))
    assert first.start == second.start == 1_778_328_000.0
    assert (first.end - first.start, first.was, second.was) == (1800.0, "good", "")
    assert first.stages == ()
    assert [(stage.name, stage.at, stage.stay) for stage in second.stages] == [("5%", 0, 600), ("25%", 600, 1200)]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("start,", "", "The column start is missing"),
        ("1778329800", "1778327000", "It ends before it begins"),
        ("1778328000", "yesterday", "`yesterday` is no time"),
        ("2026-05-09T12:00:00Z", "2026-05-09T12:00:00", "says no zone"),
        ("good", "great", "`great` is not known"),
        ("good\n", "good,5%@0s often\n", "`often`"),
        ("good\n", "good,5%@10m 25%@5m\n", "does not come after the stage before it"),
        ("good\n", "good,5%@0s 25%@40m\n", "and before the end"),
    ],
)
def test_a_wrong_table_is_told(tmp_path: Path, old: str, new: str, why: str) -> None:
    with pytest.raises(WrongRecording) as caught:
        past_releases(wrote(tmp_path, TABLE.replace(old, new), "past.csv"))
    assert why in caught.value.why
