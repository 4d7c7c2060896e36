"""Reads recorded releases: JSON lines or CSV, a file or a folder of them. `docs/guides/replay.md` describes both.

JSON lines are one release after the other: a line `{"release": {…}}`, then one line a look. Counts are since the
release began, so that a look that is missing loses nothing.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shipway.errors import ShipwayError
from shipway.model.latency_noise import CALM, LatencyNoise
from shipway.model.noise import QUIET, Noise
from shipway.model.recording import BAD, GOOD, Measured, RecordedLook, RecordedStage, Recording, Total
from shipway.model.share import NONE, Share
from shipway.spec import units
from shipway.spec.problems import Wrong

SUFFIXES = (".jsonl", ".csv")
COLUMNS = ("release", "at", "share", "stable_requests", "stable_errors", "candidate_requests", "candidate_errors")
ARMS = ("stable", "candidate")
T = TypeVar("T")


class WrongRecording(ShipwayError):
    """A recording that cannot be read."""

    code = "recording"


class _Head(Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    stages: tuple[RecordedStage, ...]
    bounds_seconds: tuple[float, ...] = ()
    was: str = ""
    outcome: str = ""
    noise: Noise = QUIET
    latency_noise: LatencyNoise = CALM


class _Line(Struct, kw_only=True):
    """Either a release begins, or it ended, or a look."""

    release: _Head | None = None
    outcome: str | None = None
    at: float | None = None


def recordings(path: Path) -> tuple[Recording, ...]:
    """All releases of a file, or of the files in a folder. Raises `WrongRecording`."""
    files = _files(path)
    found = tuple(recording for file in files for recording in _read(file))
    if not found:
        raise _wrong("No release is recorded here", path, why="There is not a single look in it.")
    return found


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
    if path.is_file():
        return [path]
    raise _wrong(
        f"There is no {path.name} here",
        path.absolute(),
        why="`--from` names a recording, or a folder of them.",
        fix="Those of this machine are in services/NAME/recordings below SHIPWAY_HOME.",
    )


def _read(path: Path) -> Iterator[Recording]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(f"{path.name} cannot be read", path, why=f"{error}.") from error
    return _from_csv(text, path) if path.suffix == ".csv" else _from_lines(text, path)


def lines_of(recording: Recording) -> Iterator[bytes]:
    """The recording as JSON lines."""
    yield head_line(recording)
    yield from map(look_line, recording.looks)


def head_line(recording: Recording) -> bytes:
    """The line that a release begins with."""
    head = _Head(
        name=recording.name,
        stages=recording.stages,
        bounds_seconds=recording.bounds_seconds,
        was=recording.was,
        outcome=recording.outcome,
        noise=recording.noise,
        latency_noise=recording.latency_noise,
    )
    return msgspec.json.encode({"release": head})


def look_line(look: RecordedLook) -> bytes:
    """The line of one look."""
    return msgspec.json.encode(look)


def outcome_line(outcome: str) -> bytes:
    """The line that tells how it ended."""
    return msgspec.json.encode({"outcome": outcome})


def _from_lines(text: str, path: Path) -> Iterator[Recording]:
    open_: Recording | None = None
    looks: list[RecordedLook] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        kind = _decoded(line, _Line, path, number)
        if kind.release is not None:
            yield from _finished(open_, looks)
            open_, looks = _begun(kind.release, path, number), []
        elif open_ is None:
            raise _wrong("A look without a release", path, number, why='A release begins with {"release": {…}}.')
        elif kind.outcome is not None:
            open_ = replace(open_, outcome=kind.outcome)
        else:
            looks.append(_checked(_decoded(line, RecordedLook, path, number), open_, looks, path, number))
    yield from _finished(open_, looks)


def _decoded(line: str, kind: type[T], path: Path, number: int) -> T:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.DecodeError as error:
        raise _wrong("This line is no part of a recording", path, number, why=f"{error}.") from error


def _begun(head: _Head, path: Path, number: int) -> Recording:
    if not head.stages:
        raise _wrong("A release without stages", path, number, why="Its stages tell how the promise is divided.")
    if head.was not in ("", GOOD, BAD):
        raise _wrong(
            f"`{head.was}` is not known", path, number, why="A release was `good` or `bad`, or nobody says."
        )
    return Recording(
        name=head.name,
        stages=head.stages,
        looks=(),
        bounds_seconds=head.bounds_seconds,
        was=head.was,
        outcome=head.outcome,
        noise=head.noise,
        latency_noise=head.latency_noise,
    )


def _checked(
    look: RecordedLook, release: Recording, looks: list[RecordedLook], path: Path, number: int
) -> RecordedLook:
    if looks and look.at <= looks[-1].at:
        raise _wrong("Looks are not in order", path, number, why=f"{look.at} s comes after {looks[-1].at} s.")
    if not -1 <= look.stage < len(release.stages):
        raise _wrong(f"There is no stage {look.stage}", path, number, why=f"It has {len(release.stages)}, from 0.")
    return look


def _finished(release: Recording | None, looks: list[RecordedLook]) -> Iterator[Recording]:
    if release is not None and looks:
        yield replace(release, looks=tuple(looks))


# CSV


def _from_csv(text: str, path: Path) -> Iterator[Recording]:
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise _wrong(
            f"The column {missing[0]} is missing",
            path,
            1,
            why=f"The first line names the columns; needed are {', '.join(COLUMNS)}.",
            fix="Add it, or write JSON lines.",
        )
    by_release: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    for row in rows:
        by_release.setdefault(row["release"], []).append((rows.line_num, row))
    for name, found in by_release.items():
        yield _of_rows(name, found, path)


def _of_rows(name: str, rows: list[tuple[int, Mapping[str, str]]], path: Path) -> Recording:
    """Each share that differs from the one before is a stage; it lasts until the next one begins."""
    stages: list[RecordedStage] = []
    begun: list[float] = []
    recording = Recording(name=name, stages=(), looks=(), was=rows[0][1].get("was") or "")
    looks: list[RecordedLook] = []
    for number, row in rows:
        share, at = _share(row, path, number), _number(row, "at", path, number)
        if share > NONE and (not stages or stages[-1].share != share):
            stages.append(RecordedStage(name=units_percent(share), share=share))
            begun.append(at)
        recording = replace(recording, stages=tuple(stages))
        look = _look_of(row, at, len(stages) - 1, path, number)
        looks.append(_checked(look, recording, looks, path, number))
    ends = [*begun[1:], looks[-1].at]
    stays = [max(1.0, end - start) for start, end in zip(begun, ends, strict=True)]
    timed = tuple(replace(stage, stay=stay) for stage, stay in zip(stages, stays, strict=True))
    return replace(recording, stages=timed, looks=tuple(looks))


def units_percent(share: Share) -> str:
    """A stage's name by its share."""
    return f"{share / 1000:g}%"


def _look_of(row: Mapping[str, str], at: float, stage: int, path: Path, number: int) -> RecordedLook:
    totals = {
        arm: Total(
            requests=round(_number(row, f"{arm}_requests", path, number)),
            errors=round(_number(row, f"{arm}_errors", path, number)),
        )
        for arm in ARMS
    }
    return RecordedLook(
        at=at,
        stage=stage,
        stable=totals["stable"],
        candidate=totals["candidate"],
        metrics=_metrics(row, path, number),
    )


def _metrics(row: Mapping[str, str], path: Path, number: int) -> dict[str, dict[str, Measured]]:
    """Columns such as `candidate.memory`; an empty cell is no value."""
    found: dict[str, dict[str, Measured]] = {}
    for column, cell in row.items():
        arm, dot, name = (column or "").partition(".")
        if dot and arm in ARMS and cell:
            found.setdefault(name, {})[arm] = Measured(_number(row, column, path, number))
    return found


def _number(row: Mapping[str, str], column: str, path: Path, number: int) -> float:
    try:
        return float(row[column])
    except (TypeError, ValueError) as error:
        said = f"`{row[column]}` in {column} is not a number"
        raise _wrong(said, path, number, why="Counts are digits, times are seconds.") from error


def _share(row: Mapping[str, str], path: Path, number: int) -> Share:
    try:
        return units.share(row["share"])
    except Wrong as error:
        raise _wrong(f"share: {error.what}", path, number, why=error.why, fix=error.fix) from error


def _wrong(what: str, path: Path, number: int | None = None, *, why: str, fix: str = "") -> WrongRecording:
    where = str(path) if number is None else f"{path}:{number}"
    return WrongRecording(
        what, where=where, why=why, fix=fix or "docs/guides/replay.md shows what a recording is."
    )
