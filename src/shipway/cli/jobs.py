"""`shipway jobs`."""

import time
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json, Service
from shipway.cli.shell.terminal import out

Limit = Annotated[int, Parameter(name="--limit", alias="-n", help="How many jobs to show.", metavar="N")]


def jobs(*, limit: Limit = 20, json: Json = False, service: Service = None) -> int:
    """List the jobs of a scheduled service, the newest first: what runs, what ended, and how.

    Each has its instant's name, when it began, on which version, how long it took, and how it
    ended. Instants that were left out, and jobs that never began, stand there with the reason.

    Examples:
        shipway jobs
        shipway jobs --limit 100 --service nightly-report
        shipway jobs --json | jq '.past[] | select(.outcome == "failed")'

    Then:
        `shipway logs --replica 20260301T020000Z` prints what one of them printed;
        `shipway run` starts another one now.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import jobs as render
    from shipway.cli.shell import reading
    from shipway.cli.shell.refusing import NotTaken
    from shipway.cli.shell.services import chosen
    from shipway.engine.view import jobs_view
    from shipway.home import find

    home, screen = find(), out()
    name = chosen(home, service)
    state = reading.state(home, name)
    found = jobs_view(state, now=time.time())
    if found is None:
        raise NotTaken(
            f"{name} has no jobs",
            where=f"service {name}",
            why=f"Its kind is {state.limits.kind}: nothing of it is started at instants.",
            fix="`shipway status` shows its replicas.",
        )
    if json:
        screen.say(as_json.text(render.as_data(found)))
        return 0
    screen.all([render.heading(name, found.past, screen.paint), ""])
    screen.all(render.lines(found, screen.paint, now=time.time(), limit=limit))
    return 0
