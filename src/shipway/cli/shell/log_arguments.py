"""Which lines `shipway logs` is to print."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell import completing
from shipway.cli.shell.commands import WrongWords
from shipway.model.log import LogQuery
from shipway.model.revision import RevisionId
from shipway.spec import units
from shipway.spec.problems import Wrong

TAIL = 20
"""Lines of each replica, where nothing says which ones."""

Version = Annotated[
    str | None,
    Parameter(
        name=("--revision", "--version"),
        alias="-r",
        help="Only this one: a version, or a number of `shipway history`.",
        metavar="VERSION",
        completer=completing.versions,
    ),
]
Replica = Annotated[
    str, Parameter(name="--replica", help="Only this one: `g3-2`, or `2` for each second one.", metavar="N")
]
Tail = Annotated[
    int | None,
    Parameter(
        name="--tail",
        alias="-n",
        help=f"At most so many lines of each replica, the last ones; {TAIL}, if nothing says which.",
        metavar="N",
    ),
]
Since = Annotated[
    str | None,
    Parameter(name="--since", help="From then on: 10m ago, 14:03, 2026-05-09T14:03.", metavar="TIME"),
]
Until = Annotated[str | None, Parameter(name="--until", help="Up to then.", metavar="TIME")]
Grep = Annotated[
    str,
    Parameter(name="--grep", alias="-g", help="Only where this regular expression is found.", metavar="REGEX"),
]


@Parameter(name="*")
@dataclass(frozen=True)
class Of:
    """Whose lines."""

    revision: Version = None
    replica: Replica = ""


@Parameter(name="*")
@dataclass(frozen=True)
class Which:
    """Which of them."""

    since: Since = None
    until: Until = None
    grep: Grep = ""
    tail: Tail = None


def query(of: Of, which: Which, *, revision: RevisionId | None, follow: bool, now: float) -> LogQuery:
    """As the platform is asked. Raises `WrongWords`."""
    is_open = which.since is None and which.until is None and not which.grep
    tail = TAIL if which.tail is None and is_open else which.tail
    if tail is not None and tail < 0:
        raise WrongWords(f"{tail} lines cannot be printed", where="--tail", fix="Write 0 or more.")
    return LogQuery(
        revision=revision,
        replica=of.replica,
        since=None if which.since is None else instant(which.since, "--since", now=now),
        until=None if which.until is None else instant(which.until, "--until", now=now),
        pattern=_expression(which.grep),
        tail=tail,
        follow=follow,
    )


def instant(text: str, option: str, *, now: float) -> float:
    """`10m` ago, a time of the last 24 hours, or a day with one, in this machine's zone. Raises `WrongWords`."""
    try:
        return now - units.seconds(text)
    except Wrong:
        pass
    try:
        return _clock(text, now=now) if re.match(r"\d?\d:", text) else datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise WrongWords(
            f"`{text}` is no time",
            where=option,
            why="It is how long ago, a time of day, or a day with a time.",
            fix="Write 10m, 14:03, 14:03:20 or 2026-05-09T14:03.",
        ) from error


def _clock(text: str, *, now: float) -> float:
    today = datetime.fromtimestamp(now)
    at = datetime.combine(today.date(), datetime.strptime(text.zfill(5), _form(text)).time())
    return (at if at <= today else at - timedelta(days=1)).timestamp()


def _form(text: str) -> str:
    return "%H:%M:%S" if text.count(":") == 2 else "%H:%M"


def _expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise WrongWords(
            f"`{pattern}` is not a regular expression",
            where="--grep",
            why=f"Python's re says: {error}.",
            fix="A backslash before a sign takes it as it is.",
        ) from error
    return pattern
