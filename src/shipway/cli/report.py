"""`shipway report`."""

import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json, Service
from shipway.cli.shell.terminal import out

Which = Annotated[
    str | None,
    Parameter(name="--release", help="A recorded release; the newest by default.", metavar="NAME"),
]
Picture = Annotated[
    Path | None, Parameter(name="--picture", help="Write a picture: .html, .svg or .png.", metavar="PATH")
]


def report(*, release: Which = None, picture: Picture = None, json: Json = False, service: Service = None) -> int:
    """Set both versions of a release side by side: numbers with what they lie between, and no verdict.

    Requests, errors, latency and guard.metrics of each, over the stages in which both had users,
    and whether requests were divided as they should be. It is what a person decides an
    experiment by; it works for canaries too, while they run and afterwards.

    Examples:
        shipway report
        shipway report --picture experiment.html
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
    found = compared(home, chosen(home, service), release, now=time.time())
    if picture is not None:
        drawn(found, picture)
    screen.say(as_json.text(render.as_data(found))) if json else screen.all(
        render.lines(found, screen.paint, picture)
    )
    return 0
