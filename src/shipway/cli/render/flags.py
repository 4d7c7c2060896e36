"""Flags on 80 columns, and the words of a command line as values."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from shipway.cli.render.paint import Paint, filled, table
from shipway.cli.render.words import moment, plural
from shipway.errors import ShipwayError
from shipway.flags.expecting import Outcome
from shipway.flags.explaining import Explanation
from shipway.flags.model import Flag, Json
from shipway.model.share import Share, from_percent, percent
from shipway.spec import units
from shipway.spec.problems import Wrong

STEPS_MAX = 20


class WrongPair(ShipwayError):
    """A word of the command line that is not `name=value`, or no percentage."""

    code = "command-line"


def lines(flags: Iterable[Flag], paint: Paint) -> Iterable[str]:
    """A table of all flags."""
    rows = [[paint.faint(word) for word in ("flag", "who has it", "variants", "owner", "until")]]
    rows += [_row(flag, paint) for flag in flags]
    return table(rows) if len(rows) > 1 else ["There are no flags."]


def _row(flag: Flag, paint: Paint) -> list[str]:
    variants = ", ".join(variant.name for variant in flag.variants)
    until = flag.expires.isoformat() if flag.expires else ""
    return [flag.name, _who(flag, paint), variants, flag.owner or "", until]


def _who(flag: Flag, paint: Paint) -> str:
    if flag.is_killed:
        return paint.bad("✗ killed")
    if not flag.enabled:
        return "off" + (" but a list" if flag.allowlist else "")
    rules = f" and {plural(len(flag.targeting), 'rule')}" if flag.targeting else ""
    return f"{percent(flag.rollout.share)}{rules}"


def data(flag: Flag) -> dict[str, Json]:
    """A flag for programs; its share is of 100,000."""
    return {
        "name": flag.name,
        "enabled": flag.enabled,
        "killed": flag.is_killed,
        "share": flag.rollout.share,
        "rules": len(flag.targeting),
        "variants": [variant.name for variant in flag.variants],
        "owner": flag.owner,
        "expires": flag.expires.isoformat() if flag.expires else None,
    }


def trail(changes: Sequence[Mapping[str, Json]], paint: Paint, *, now: float) -> Iterable[str]:
    """The last changes of a flag."""
    if not changes:
        return []
    rows = [[moment(float(one["at"]), now=now), one["by"], one["why"]] for one in changes]
    return ["", paint.faint("last changed"), *table(rows)]


def exposures(counts: Sequence[Mapping[str, Json]], paint: Paint) -> Iterable[str]:
    """Who got which answer. Users are told apart within 3%."""
    if not counts:
        return []
    rows = [[one["variant"], _users(one["users"]), f"{one['count']:,} answers"] for one in counts]
    return ["", paint.faint("in the last week"), *table(rows)]


def _users(count: int | None) -> str:
    return "" if count is None else f"about {count:,} users" if count > 50 else f"{count} users"


def explained(found: Explanation) -> dict[str, Json]:
    """An answer for programs."""
    return {
        "flag": found.flag,
        "enabled": found.enabled,
        "variant": found.variant,
        "value": found.value,
        "reason": found.reason,
        "because": found.because,
    }


def outcome(one: Outcome) -> dict[str, Json]:
    """What came of an expectation, for programs."""
    wanted = one.expectation
    return {
        "flag": wanted.flag,
        "user": wanted.user,
        "expect": wanted.expect,
        "found": one.found,
        "met": one.is_met,
        "because": one.because,
    }


def outcomes(found: Sequence[Outcome], paint: Paint) -> Iterable[str]:
    """What failed, and how many."""
    for one in found:
        if not one.is_met:
            user = " ".join(f"{key}={value}" for key, value in one.expectation.user.items())
            yield f"{paint.bad('✗')} {one.expectation.flag} for {user}"
            yield f"  expected {_word(one.expectation.expect)}, and it is {_word(one.found)}: {one.because}"
    met = sum(one.is_met for one in found)
    sign = paint.good("✓") if met == len(found) else paint.bad("✗")
    yield f"{sign} {met} of {len(found)} expectations are met"


def _word(value: bool | str) -> str:
    return value or "no variant" if isinstance(value, str) else "on" if value else "off"


def changed(result: Any, values: Mapping[tuple[str, ...], Json], place: str) -> Iterable[str]:
    """What a command has done."""
    if result.waits:
        yield f"… this waits for a second person: proposal {result.waits}"
        return
    said = ", ".join(
        f"{'.'.join(keys)}: {json.dumps(value, ensure_ascii=False)}" for keys, value in values.items()
    )
    version = f" (version {result.version})" if result.version else ""
    yield f"✓ {result.flag} in {place}{version}"
    yield from filled(said, head="  ")


def pairs(words: Sequence[str]) -> dict[str, Json]:
    """`name=value` words. Raises `WrongPair`."""
    made: dict[str, Json] = {}
    for word in words:
        name, separator, value = word.partition("=")
        if not separator or not name:
            raise WrongPair(
                f"`{word}` is not a pair",
                where=word,
                why="A key and what it says stand on both sides of `=`.",
                fix="Write rollout.percentage=25, or user_id=42.",
            )
        made[name] = _value(value)
    return made


def user_of(words: Sequence[str]) -> dict[str, Json]:
    """A user's attributes. Raises `WrongPair`."""
    return pairs(words)


def _value(text: str) -> Json:
    """A number, true, false, null or JSON's brackets where it reads as such; a text otherwise."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(found, float) and not isfinite(found) else found


def scheduled(to: str, bake: str, *, shown: Share, now: float) -> dict[tuple[str, ...], Json]:
    """What an unwatched ramp writes: the first step at once, the others as a schedule. Raises `WrongPair`.

    It takes the flag from nobody: where it is shown to as many as a step says, it stays so in that step's place.
    """
    shares, seconds = percentages(to), seconds_of(bake)
    steps = [share for share in shares if from_percent(share) > shown]
    if not steps:
        raise _no_ramp(
            to,
            f"It is shown to {percent(shown)} already, and a ramp takes it from nobody.",
            fix="`shipway flags set FLAG rollout.percentage=5` shows it to fewer, `flags disable` to none.",
        )
    if len(steps) < len(shares):
        steps.insert(0, _plain(shown / 1000))
    schedule = [
        {"at": _iso(now + number * seconds), "percentage": share}
        for number, share in enumerate(steps[1:], start=1)
    ]
    return {("enabled",): True, ("rollout", "percentage"): steps[0], ("schedule",): schedule}


def percentages(to: str) -> list[float]:
    """`5,25,100` as numbers that grow. Raises `WrongPair`."""
    shares = [_percentage(part) for part in to.split(",")]
    if sorted(shares) != shares or len(set(shares)) < len(shares) or len(shares) > STEPS_MAX:
        raise _no_ramp(to, f"It has 1 to {STEPS_MAX} percentages, each larger than the one before it.")
    return shares


def _iso(at: float) -> str:
    return datetime.fromtimestamp(round(at), UTC).isoformat().replace("+00:00", "Z")


def _percentage(text: str) -> float:
    try:
        value = float(text.strip().removesuffix("%"))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise _no_ramp(text, "A percentage is a number from 0 to 100.")
    return _plain(value)


def _plain(value: float) -> float:
    return int(value) if value.is_integer() else value


def seconds_of(text: str, option: str = "--bake") -> float:
    """A time such as `1h`. Raises `WrongPair`."""
    try:
        return float(units.seconds(text))
    except Wrong as wrong:
        raise WrongPair(
            f"{option}: {wrong.what}", where=f"{option} {text}", why=wrong.why, fix=wrong.fix
        ) from wrong


def _no_ramp(text: str, why: str, *, fix: str = "Write --to 5,25,50,100.") -> WrongPair:
    return WrongPair(f"`{text}` is no ramp", where=f"--to {text}", why=why, fix=fix)
