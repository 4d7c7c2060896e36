"""Two versions' counts, compared without a release."""

import asyncio
from pathlib import Path

import pytest

from shipway.cli.shell.analyzing import exit_code, read, save
from shipway.engine.analyze import Analysis, analyze
from shipway.engine.replay import replay
from shipway.errors import Exit, ShipwayError
from shipway.model.policy import Guard
from shipway.model.recording import Recording
from shipway.model.verdict import Kind
from shipway.spec.recordings import WrongRecording, lines_of
from unit.engine.recordings import drawn

STABLE = "at,requests,errors\n100,5000,50\n130,8000,80\n160,11000,110\n190,14000,140\n"
CANDIDATE = "at,requests,errors\n100,0,0\n125,120,11\n160,400,44\n190,600,60\n"


def both(stable: Path, candidate: Path) -> Recording:
    return read([str(stable), str(candidate)])


def compared(recording: Recording) -> Analysis:
    return asyncio.run(analyze(recording, Guard()))


def two(folder: Path, stable: str = STABLE, candidate: str = CANDIDATE, suffix: str = "csv") -> tuple[Path, ...]:
    paths = (folder / f"1.8.{suffix}", folder / f"1.9.{suffix}")
    for path, text in zip(paths, (stable, candidate), strict=True):
        path.write_text(text)
    return paths


def test_two_files_are_compared_from_their_first_common_instant(tmp_path: Path) -> None:
    found = compared(both(*two(tmp_path)))
    assert (found.stable.requests, found.stable.errors) == (9000, 90)
    assert (found.candidate.requests, found.candidate.errors) == (600, 60)
    assert found.seconds == 90.0
    assert found.name == "1.9 against 1.8"
    assert found.verdict.kind == Kind.HARMFUL
    assert exit_code(found) == Exit.ROLLED_BACK
    assert 5.0 < found.ratios[-1].likeliest < 15.0


def test_the_verdict_is_that_of_the_guard_in_a_release() -> None:
    recording = drawn("x", ratio=8.0)
    then = asyncio.run(replay(recording, Guard()))
    now = compared(recording)
    assert (then.verdict.kind, then.verdict.severity) == (now.verdict.kind, now.verdict.severity)


def test_equal_versions_are_no_harm() -> None:
    found = compared(drawn("x"))
    assert found.verdict.kind in (Kind.HEALTHY, Kind.NOT_ENOUGH)
    assert exit_code(found) == Exit.DONE
    assert found.ratios[-1].low < 1.0 < found.ratios[-1].high


def test_quantiles_lie_where_the_buckets_say() -> None:
    found = compared(drawn("x"))
    assert found.stable.whole.p50 == pytest.approx(0.1 * 0.5 / 0.9, rel=0.01)
    assert found.stable.whole.p95 == pytest.approx(0.1 + 0.4 * 0.5, rel=0.01)
    assert 20 <= len(found.stable.over_time) <= 40


def test_a_recording_is_both_sides_at_once(tmp_path: Path) -> None:
    path = tmp_path / "1.9.0.jsonl"
    recording = drawn("1.9.0", ratio=8.0)
    path.write_bytes(b"\n".join(lines_of(recording)))
    assert read([str(path)]) == recording


def test_files_with_latency_have_their_bounds_first(tmp_path: Path) -> None:
    head = '{"bounds_seconds": [0.1, 0.5]}\n'
    looks = '{"at": 0}\n{"at": 9, "requests": 10, "buckets": [5, 10]}\n'
    recording = both(*two(tmp_path, head + looks, head + looks, "jsonl"))
    assert recording.bounds_seconds == (0.1, 0.5)
    other = both(*two(tmp_path, head.replace("0.5", "0.7") + looks, head + looks, "jsonl"))
    assert other.bounds_seconds == ()
    assert compared(other).candidate.whole.p50 is None


@pytest.mark.parametrize(
    ("stable", "candidate", "where", "why"),
    [
        ("at,errors\n1,1\n", CANDIDATE, "1.8.csv:1", "The column requests is missing"),
        (STABLE.replace("8000", "many"), CANDIDATE, "1.8.csv:3", "could not convert"),
        (STABLE, "at,requests,errors\n1,1,0\n", "1.9.csv", "two looks or more"),
        (STABLE, "at,requests,errors\n9,1,0\n8,2,0\n", "1.9.csv", "later than the one before"),
        (STABLE, "at,requests,errors\n900,1,0\n910,2,0\n", "1.9.csv", "of another time"),
    ],
)
def test_what_cannot_be_compared_is_told(
    tmp_path: Path, stable: str, candidate: str, where: str, why: str
) -> None:
    with pytest.raises(WrongRecording) as caught:
        both(*two(tmp_path, stable, candidate))
    assert caught.value.where == str(tmp_path / where)
    assert why in caught.value.why


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WrongRecording, match=r"none\.csv cannot be read"):
        read([str(tmp_path / "none.csv")] * 2)


def test_more_than_two_files_are_refused() -> None:
    with pytest.raises(ShipwayError, match="3 files are too many"):
        read(["a.csv", "b.csv", "c.csv"])


# Pictures


@pytest.mark.parametrize("ending", ["html", "svg", "png"])
def test_a_picture_is_written_as_its_name_says(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"comparison.{ending}"
    save(compared(drawn("1.9.0 <b>", ratio=4.0)), path)
    begins = {"html": b"<!doctype html>", "svg": b"<svg ", "png": b"\x89PNG\r\n"}[ending]
    assert path.read_bytes().startswith(begins)


def test_a_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "comparison.html"
    save(compared(drawn("1.9.0 <b>", ratio=4.0)), path)
    text = path.read_text()
    assert "<script" not in text and "src=" not in text and "href=" not in text
    assert text.count("http") == 1, "only the name of SVG itself"
    assert "1.9.0 &lt;b&gt;" in text and "<b>" not in text
    assert "How many times as often the candidate fails" in text


@pytest.mark.parametrize("name", ["comparison.gif", "comparison"])
def test_a_name_that_is_no_picture_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ShipwayError) as caught:
        save(compared(drawn("x")), tmp_path / name)
    assert "comparison.html" in caught.value.fix


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ShipwayError, match="cannot be written"):
        save(compared(drawn("x")), tmp_path / "nowhere" / "comparison.html")


def test_latency_is_known_where_the_first_look_had_no_buckets_yet(tmp_path: Path) -> None:
    """A file begins with a look at nothing, as the guide shows it."""
    text = '{"bounds_seconds": [0.1, 0.5]}\n{"at": 0}\n' + "".join(
        f'{{"at": {at}, "requests": {20 * at}, "errors": 0, "buckets": [{10 * at}, {20 * at}]}}\n'
        for at in range(10, 100, 10)
    )
    found = compared(both(*two(tmp_path, stable=text, candidate=text, suffix="jsonl")))
    assert found.stable.whole.p50 == pytest.approx(0.1)
    assert len(found.stable.over_time) == 9
