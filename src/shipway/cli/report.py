"""`shipway report`."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json, Service
from shipway.cli.shell.commands import WrongWords
from shipway.cli.shell.terminal import out
from shipway.home import Home

Which = Annotated[
    str | None,
    Parameter(
        name="--release",
        help="A recorded release side by side, also while none is under way; `newest` is the last one.",
        metavar="NAME",
    ),
]
Dora = Annotated[
    bool, Parameter(name="--dora", negative=(), help="All releases of a period, also while one is under way.")
]
Since = Annotated[
    str | None,
    Parameter(name="--since", help="All releases of so long, 90d by default.", metavar="DURATION"),
]
Picture = Annotated[
    Path | None,
    Parameter(name="--picture", help="Write a picture: .html, .svg or .png; .svg of a period.", metavar="PATH"),
]


@Parameter(name="*")
@dataclass(frozen=True)
class Of:
    """What is reported."""

    release: Which = None
    dora: Dora = False
    since: Since = None


NOW = Of()
NEWEST = "newest"
PERIOD = "90d"


def report(*, of: Of = NOW, picture: Picture = None, json: Json = False, service: Service = None) -> int:
    """Tell how releases went over a period, or how both versions of the one under way compare.

    While no release is under way it is about a period: DORA's four figures (deployment frequency,
    change lead time, change fail rate, time to restore), how many users met bad versions, and
    what extra replicas cost; as a table, and with --picture as pictures.

    While one is, it sets both versions side by side: numbers with what they lie between, and no
    verdict. Requests, errors, latency and guard.metrics of each, over the stages in which both had users,
    and whether requests were divided as they should be. It is what a person decides an
    experiment by; it works for canaries too, while they run and afterwards.

    Examples:
        shipway report
        shipway report --since 30d --picture dora.svg
        shipway report --release newest --picture experiment.html
        shipway report --release 1.9.0-7f3a91c2-41 --json | jq .candidate.error_rate
        shipway report --dora --json

    Then:
        Of a release under way `shipway promote` ships the new version to everybody, and
        `shipway abort` keeps the former.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import side_by_side as render
    from shipway.cli.shell.comparing_sides import compared, drawn
    from shipway.cli.shell.services import chosen
    from shipway.home import find

    home, screen = find(), out()
    name = chosen(home, service)
    if of.release and (of.dora or of.since):
        raise _both()
    if of.dora or of.since or (of.release is None and not _is_under_way(home, name)):
        return _period(name, of.since or PERIOD, picture, json=json)
    found = compared(home, name, None if of.release == NEWEST else of.release, now=time.time())
    if picture is not None:
        drawn(found, picture)
    screen.say(as_json.text(render.as_data(found))) if json else screen.all(
        render.lines(found, screen.paint, picture)
    )
    return 0


def _is_under_way(home: Home, service: str) -> bool:
    """Whether a release is, and has anything to be compared."""
    from shipway.cli.shell import reading

    return reading.state(home, service).run is not None and any(home.recordings(service).glob("*.jsonl"))


def _both() -> WrongWords:
    return WrongWords(
        "One release and a period do not go together",
        where="shipway report",
        why="`--release` sets two versions side by side; `--dora` and `--since` are about all releases.",
        fix="Leave one of them out.",
    )


def _period(service: str, since: str, picture: Path | None, *, json: bool) -> int:
    from shipway.cli.render import as_json
    from shipway.cli.render import delivery as render
    from shipway.cli.shell.delivering import delivered, drawn
    from shipway.home import find

    found, screen = delivered(find(), service, since, folder=Path()), out()
    if picture is not None:
        drawn(found, picture)
    screen.say(as_json.text(render.as_data(found))) if json else screen.all(
        render.lines(found, screen.paint, picture)
    )
    return 0
