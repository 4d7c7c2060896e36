"""What a guard would have done with past releases."""

from collections.abc import Sequence

from shipway.cli.render.paint import Paint, clip, filled, table
from shipway.cli.render.words import duration, plural
from shipway.engine.replay import Replayed
from shipway.model.recording import BAD, GOOD

HEAD = ["", "release", "was", "the guard", "after", "errors users met"]


def as_data(found: Sequence[Replayed]) -> dict[str, object]:
    """For `--json`."""
    return {
        "releases": len(found),
        "taken_back": sum(one.back_at is not None for one in found),
        "caught": sum(one.was == BAD and one.back_at is not None for one in found),
        "missed": sum(one.is_missed for one in found),
        "false_alarms": sum(one.is_false_alarm for one in found),
        "good": sum(one.was == GOOD for one in found),
        "replays": [
            {
                "release": one.name,
                "was": one.was,
                "back_after_seconds": one.back_at,
                "held_after_seconds": one.held_at,
                "kind": one.verdict.kind,
                "severity": one.verdict.severity,
                "sentence": one.verdict.sentence,
            }
            for one in found
        ],
    }


def lines(found: Sequence[Replayed], paint: Paint) -> list[str]:
    """A line for each release, why those were taken back, and the sum of it."""
    rows = [HEAD, *(_row(one, paint) for one in found)]
    head, *body = table(rows)
    why = [line for one in found if one.back_at is not None or len(found) == 1 for line in _why(one)]
    shown = [paint.faint(clip(head, 80)), *(clip(line, 80) for line in body)]
    return [*shown, *(["", *why] if why else []), "", *filled(summary(found))]


def _row(one: Replayed, paint: Paint) -> list[str]:
    sign = paint.bad("!") if one.is_false_alarm or one.is_missed else paint.good("✓") if one.was else "·"
    errors = f"{one.errors:,} of {one.requests:,}"
    return [sign, one.name, one.was or "-", _did(one), duration(_when(one)), errors]


def _did(one: Replayed) -> str:
    if one.back_at is not None:
        return f"back: {one.verdict.severity}"
    return "held" if one.held_at is not None else "let it through"


def _when(one: Replayed) -> float:
    return next((at for at in (one.back_at, one.held_at) if at is not None), one.seconds)


def _why(one: Replayed) -> list[str]:
    return filled(one.verdict.sentence, head=f"{one.name}  ")


def summary(found: Sequence[Replayed]) -> str:
    """`Of 14 releases the guard would have taken back 2. It caught 2 of 3 bad ones. False alarms: none in 11 good
    ones.`"""
    back = sum(one.back_at is not None for one in found)
    parts = [f"Of {plural(len(found), 'release')} the guard would have taken back {back or 'none'}."]
    (caught, bad), (wrong, good) = (_of(found, was) for was in (BAD, GOOD))
    parts += [f"It caught {caught or 'none'} of {plural(bad, 'bad one')}."] if bad else []
    parts += [f"False alarms: {wrong or 'none'} in {plural(good, 'good one')}."] if good else []
    return " ".join([*parts, *_unsaid(sum(not one.was for one in found))])


def _unsaid(count: int) -> list[str]:
    if not count:
        return []
    what, them = ("what it was", "it") if count == 1 else ("what they were", "them")
    return [f"Nobody has said of {count} {what}: write `was` into {them}."]


def _of(found: Sequence[Replayed], was: str) -> tuple[int, int]:
    mine = [one for one in found if one.was == was]
    return sum(one.back_at is not None for one in mine), len(mine)
