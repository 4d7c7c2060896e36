"""When jobs are started. Says exactly which part of an expression is wrong."""

import re
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, WithJsonSchema, model_validator

from shipway.model.schedule import HOUR, Overlap
from shipway.spec.fields import CountPositive, DurationPositive, Section, Switch, Text
from shipway.spec.nearest import nearest
from shipway.spec.problems import Wrong, WrongScheduleHere
from shipway.spec.units import quoted

FIELDS = (
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31, or L for the last"),
    ("month", "1 to 12, or JAN to DEC"),
    ("day of the week", "0 to 7, where 0 and 7 are Sunday, or SUN to SAT"),
)
PLACES = ("first", "second", "third", "fourth", "fifth")
ANY = "*"
EVERY_MIN = 1.0
YEARS = 50


def _cron(text: str) -> str:
    """Raises `WrongScheduleHere` for the first field that no instant fits."""
    words = [(found[0], found.start() + 1) for found in re.finditer(r"\S+", text)]
    if len(words) != len(FIELDS):
        nickname = " Names such as @daily are not known here." if text.startswith("@") else ""
        raise WrongScheduleHere(
            f"{quoted(text)} has {_fields(len(words))}",
            why=f"Minute, hour, day of the month, month, day of the week: five, with spaces between.{nickname}",
            fix='Write "30 2 * * *" for half past two every night; seconds: `every: 30s`.',
        )
    for number, (word, column) in enumerate(words):
        _check_field(text, number, word, column)
    if not _ever_comes(text):
        raise WrongScheduleHere(
            f"{quoted(text)} never comes",
            why=f"No instant of the next {YEARS} years fits all five fields.",
            fix="Check the day of the month beside the month.",
        )
    return text


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


def _check_field(text: str, number: int, word: str, column: int) -> None:
    for term in word.split(","):
        if not _is_known(number, term):
            name, known = FIELDS[number]
            raise WrongScheduleHere(
                f"{quoted(text)}: {quoted(term)} is no {name}",
                why=f"The {PLACES[number]} field, at character {column}, is the {name}: {known}.",
                fix="A field is *, a number, a range 1-5, a list 1,15, or a step */10.",
            )
        column += len(term) + 1


def _is_known(number: int, term: str) -> bool:
    words = [ANY] * len(FIELDS)
    words[number] = term
    return _parses(" ".join(words))


def _parses(text: str) -> bool:
    from cronsim import CronSim, CronSimError

    try:
        CronSim(text, datetime(2024, 1, 1, tzinfo=UTC))
    except CronSimError:
        return False
    return True


def _ever_comes(text: str) -> bool:
    from cronsim import CronSim

    return _parses(text) and next(CronSim(text, datetime(2024, 1, 1, tzinfo=UTC)), None) is not None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        meant = nearest(name, sorted(_zones()))
        hint = "" if _zones() else " This machine has no database of time zones: install tzdata."
        raise Wrong(
            f"{quoted(name)} is no time zone",
            why=f"Zones have the names of the IANA database, such as Europe/Berlin.{hint}",
            fix=f"Did you mean `{meant}`?" if meant else "Write one of these, or UTC.",
        ) from None
    return name


def _a_second(seconds: float) -> float:
    if seconds >= EVERY_MIN and seconds == int(seconds):
        return seconds
    raise Wrong(
        f"{seconds:g} s is no whole second",
        why="Instants are whole seconds: each one names its job.",
        fix="Write 1s or more; what runs more often than that is a worker.",
    )


Expression = Annotated[
    Text, AfterValidator(_cron), WithJsonSchema({"type": "string", "pattern": r"^\S+( +\S+){4}$"})
]
Zone = Annotated[Text, AfterValidator(_zone)]
WholeSeconds = Annotated[DurationPositive, AfterValidator(_a_second)]


class History(Section):
    """How many ended jobs are kept, with what they printed."""

    ok: CountPositive = 10
    failed: CountPositive = 10


class Schedule(Section):
    """When jobs are started."""

    cron: Expression | None = None
    every: WholeSeconds | None = None
    timezone: Zone = "UTC"
    overlap: Literal["skip", "queue", "replace", "allow"] = Overlap.SKIP.value
    start_within: DurationPositive = HOUR
    time_limit: DurationPositive = 24 * HOUR
    rerun: Switch = False
    history: History = History()

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.cron is None) == (self.every is None):
            raise Wrong(
                "says when twice" if self.cron else "does not say when",
                why="Instants come from five fields, or from one length of time.",
                fix='Write `cron: "30 2 * * *"`, or `every: 10m`.',
                at=("every",) if self.cron else (),
            )
        if self.every is not None and "timezone" in self.model_fields_set:
            raise Wrong(
                "a length of time has no time zone",
                why="`every` counts elapsed seconds, whatever clocks on walls show.",
                fix="Remove it, or say the instants with `cron`.",
                at=("timezone",),
            )
        return self
