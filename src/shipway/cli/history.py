"""`shipway history`."""

import time
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json, Service
from shipway.cli.shell.terminal import out

Limit = Annotated[int, Parameter(name="--limit", alias="-n", help="How many releases to show.", metavar="N")]


def history(*, limit: Limit = 10, json: Json = False, service: Service = None) -> int:
    """List releases and kept revisions, the newest first.

    Each has its revision's number, version, begin, who asked, and how it ended; below one that
    was taken back stand the reason and how long it took from the first bad response to the
    verdict, from there to the traffic being back, and to everything as before.

    Examples:
        shipway history
        shipway history --limit 50 --service checkout
        shipway history --json | jq '.[] | select(.outcome == "rolled-back")'

    Then:
        `shipway rollback --to-revision NO` returns to one of them, with its own command,
        environment and files.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import history as render
    from shipway.cli.shell import reading
    from shipway.cli.shell.services import chosen
    from shipway.home import find

    home, screen = find(), out()
    name = chosen(home, service)
    found = render.history(reading.state(home, name), reading.revisions(home, name))[:limit]
    if json:
        screen.say(as_json.text(found))
    else:
        screen.all(render.lines(found, screen.paint, now=time.time()))
    return 0
