"""`shipway report`."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json, Service
from shipway.cli.shell.terminal import out

Which = Annotated[
    str | None,
    Parameter(name="--release", help="A recorded release; the newest by default.", metavar="NAME"),
]
Dora = Annotated[
    bool, Parameter(name="--dora", negative=(), help="All releases of a period, in place of one side by side.")
]
Since = Annotated[
    str,
    Parameter(name="--since", help="With --dora: how far to look back.", metavar="DURATION", show_default=True),
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
    since: Since = "90d"


NEWEST = Of()


def report(*, of: Of = NEWEST, picture: Picture = None, json: Json = False, service: Service = None) -> int:
    """Set both versions of a release side by side: numbers with what they lie between, and no verdict.

    Requests, errors, latency and guard.metrics of each, over the stages in which both had users,
    and whether requests were divided as they should be. It is what a person decides an
    experiment by; it works for canaries too, while they run and afterwards.

    With --dora it is about all releases of a period instead: DORA's four figures (deployment
    frequency, change lead time, change fail rate, time to restore), how many users met bad
    versions, and what extra replicas cost.

    Examples:
        shipway report
        shipway report --picture experiment.html
        shipway report --dora --since 30d --picture dora.svg
        shipway report --json | jq .candidate.error_rate
        shipway report --release 1.9.0-7f3a91c2-41

    Then:
        `shipway promote` ships the new version to everybody, `shipway abort` keeps the former.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import side_by_side as render
    from shipway.cli.shell.comparing_sides import compared, drawn
    from shipway.cli.shell.services import chosen
    from shipway.home import find

    home, screen = find(), out()
    if of.dora:
        return _period(chosen(home, service), of.since, picture, json=json)
    found = compared(home, chosen(home, service), of.release, now=time.time())
    if picture is not None:
        drawn(found, picture)
    screen.say(as_json.text(render.as_data(found))) if json else screen.all(
        render.lines(found, screen.paint, picture)
    )
    return 0


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
