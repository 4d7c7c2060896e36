"""Two versions' counts as one recording: a recording itself, or one file for each version."""

import csv
import io
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
from msgspec import Struct

from shipway.model.recording import RecordedLook, RecordedStage, Recording, Total
from shipway.model.share import TOTAL, Share
from shipway.spec.recordings import WrongRecording, recordings

COLUMNS = ("at", "requests", "errors")


class _Line(Struct, kw_only=True):
    """Of one version's file: the bounds first, then a look a line."""

    bounds_seconds: tuple[float, ...] | None = None
    at: float | None = None
    requests: int = 0
    errors: int = 0
    timed: int | None = None
    buckets: tuple[int, ...] = ()


class Side(Struct, frozen=True, kw_only=True):
    """One version's counts since its file began."""

    bounds_seconds: tuple[float, ...]
    looks: tuple[tuple[float, Total], ...]


def of_one(path: Path) -> tuple[Recording, ...]:
    """The releases of a recording. Raises `WrongRecording`, also for the file of one version."""
    if _is_of_one_version(path):
        raise WrongRecording(
            f"{path.name} has one version's counts",
            where=str(path),
            why="Two versions are compared, and this is one.",
            fix="Name the other's file too, stable first: `shipway analyze stable.csv candidate.csv`.",
        )
    return recordings(path)


def _is_of_one_version(path: Path) -> bool:
    try:
        first = path.read_text(encoding="utf-8-sig").partition("\n")[0] if path.suffix == ".csv" else ""
    except (OSError, UnicodeDecodeError):
        return False
    return {*COLUMNS} <= {name.strip() for name in first.split(",")}


def of_two(stable: Path, candidate: Path) -> Recording:
    """Both versions over the time that both files have. Raises `WrongRecording`."""
    sides = side(stable), side(candidate)
    start = max(one.looks[0][0] for one in sides)
    end = min(one.looks[-1][0] for one in sides)
    instants = [at for at, _ in sides[1].looks if start <= at <= end]
    if len(instants) < 2:
        raise _wrong(candidate, why=f"`at` in {stable.name} is of another time; both need two common instants.")
    bounds = sides[0].bounds_seconds if sides[0].bounds_seconds == sides[1].bounds_seconds else ()
    looks = tuple(
        RecordedLook(
            at=at - instants[0],
            stage=0,
            stable=_at(sides[0], at, has_bounds=bool(bounds)),
            candidate=_at(sides[1], at, has_bounds=bool(bounds)),
        )
        for at in instants
    )
    stage = RecordedStage(name="all of it", share=_share(looks), stay=max(1.0, looks[-1].at))
    name = f"{candidate.stem} against {stable.stem}"
    return Recording(name=name, stages=(stage,), looks=looks, bounds_seconds=bounds)


def _at(one: Side, at: float, *, has_bounds: bool) -> Total:
    """The newest count at an instant."""
    place = bisect_right([instant for instant, _ in one.looks], at) - 1
    found = one.looks[place][1]
    return found if has_bounds else Total(requests=found.requests, errors=found.errors)


def _share(looks: tuple[RecordedLook, ...]) -> Share:
    """The candidate's, as it was counted; never all or nothing, since there are two to compare."""
    candidate = looks[-1].candidate.requests - looks[0].candidate.requests
    both = [look.stable.requests if look.stable else 0 for look in (looks[0], looks[-1])]
    stable = both[1] - both[0]
    part = round(TOTAL * candidate / (candidate + stable)) if candidate + stable > 0 else TOTAL // 2
    return Share(min(max(part, 1), TOTAL - 1))


def side(path: Path) -> Side:
    """One version's file, by its suffix CSV or JSON lines. Raises `WrongRecording`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongRecording(
            f"{path.name} cannot be read",
            where=str(path),
            why=f"{error}.",
            fix="Name two files with one version's counts each, or one recording.",
        ) from error
    lines = list(_of_csv(text, path) if path.suffix == ".csv" else _of_json(text, path))
    bounds = next((line.bounds_seconds for line in lines if line.bounds_seconds), ())
    looks = tuple(
        (line.at, Total(requests=line.requests, errors=line.errors, timed=line.timed, buckets=line.buckets))
        for line in lines
        if line.at is not None
    )
    if len(looks) < 2 or any(later <= earlier for (earlier, _), (later, _) in pairwise(looks)):
        raise _wrong(path, why="It needs two looks or more, and each `at` later than the one before.")
    return Side(bounds_seconds=bounds, looks=looks)


def _of_csv(text: str, path: Path) -> Iterator[_Line]:
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise _wrong(path, 1, why=f"The column {missing[0]} is missing; needed are {', '.join(COLUMNS)}.")
    for row in rows:
        try:
            yield _Line(
                at=float(row["at"]), requests=round(float(row["requests"])), errors=round(float(row["errors"]))
            )
        except (TypeError, ValueError) as error:
            raise _wrong(path, rows.line_num, why=f"{error}.") from error


def _of_json(text: str, path: Path) -> Iterator[_Line]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield msgspec.json.decode(line, type=_Line)
            except msgspec.DecodeError as error:
                raise _wrong(path, number, why=f"{error}.") from error


def _wrong(path: Path, number: int | None = None, *, why: str) -> WrongRecording:
    return WrongRecording(
        "This is no version's counts",
        where=str(path) if number is None else f"{path}:{number}",
        why=why,
        fix="docs/guides/analyze.md shows such a file.",
    )
