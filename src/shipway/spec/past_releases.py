"""A table of past releases: who, and from when to when. Prometheus is asked for the rest."""

import csv
import io
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from shipway.model.past_release import PastRelease, PastStage
from shipway.model.recording import BAD, GOOD
from shipway.spec import units
from shipway.spec.problems import Wrong
from shipway.spec.recordings import WrongRecording

COLUMNS = ("release", "stable", "candidate", "start", "end")


def past_releases(path: Path) -> tuple[PastRelease, ...]:
    """One release a line. Raises `WrongRecording`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(path, None, f"{error}.") from error
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise _wrong(path, 1, f"The column {missing[0]} is missing; needed are {', '.join(COLUMNS)}.")
    return tuple(_release(row, path, rows.line_num) for row in rows)


def _release(row: dict[str, str], path: Path, number: int) -> PastRelease:
    was, start, end = row.get("was") or "", _time(row["start"], path, number), _time(row["end"], path, number)
    if was not in ("", GOOD, BAD):
        raise _wrong(path, number, f"`{was}` is not known: a release was `good` or `bad`, or nobody says.")
    if end <= start:
        raise _wrong(path, number, "It ends before it begins.")
    return PastRelease(
        name=row["release"],
        stable=row["stable"],
        candidate=row["candidate"],
        start=start,
        end=end,
        was=was,
        stages=_stages(row.get("stages") or "", end - start, path, number),
    )


def _stages(text: str, seconds: float, path: Path, number: int) -> tuple[PastStage, ...]:
    """`5%@0s 25%@10m`: shares, and from when on. Raises `WrongRecording`."""
    found: list[PastStage] = []
    for word in text.split():
        part, _, since = word.partition("@")
        try:
            stage = PastStage(at=units.seconds(since or "0s"), name=part, share=units.share(part))
        except Wrong as error:
            raise _wrong(path, number, f"{error.what}: stages look like 5%@0s 25%@10m.") from error
        if not (found[-1].at if found else -1.0) < stage.at < seconds:
            raise _wrong(path, number, f"`{word}` does not come after the stage before it, and before the end.")
        found.append(stage)
    ends = [*(stage.at for stage in found[1:]), seconds][: len(found)]
    return tuple(replace(stage, stay=end - stage.at) for stage, end in zip(found, ends, strict=True))


def _time(text: str, path: Path, number: int) -> float:
    """ISO 8601 with its zone, or epoch seconds."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise _wrong(
            path, number, f"`{text}` is no time, such as 2026-05-09T12:00:00Z or epoch seconds."
        ) from error
    if found.tzinfo is None:
        raise _wrong(path, number, f"`{text}` says no zone: write {text}Z for UTC.")
    return found.timestamp()


def _wrong(path: Path, number: int | None, why: str) -> WrongRecording:
    return WrongRecording(
        "This is no table of releases",
        where=str(path) if number is None else f"{path}:{number}",
        why=why,
        fix="docs/guides/replay.md shows one.",
    )
