"""`shipway why`."""

import time

from shipway.cli.shell.arguments import Json, Service
from shipway.cli.shell.terminal import out


def why(*, json: Json = False, service: Service = None) -> int:
    """Explain what is happening now: cause, rule, evidence with its numbers, and what is awaited.

    Examples:
        shipway why
        shipway why --service checkout
        shipway why --json | jq .run.verdict.sentence

    Then:
        The last lines are the commands that fit the situation.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import service as standing
    from shipway.cli.render import why as render
    from shipway.cli.shell.services import chosen, seen
    from shipway.home import find

    home, now, screen = find(), time.time(), out()
    name = chosen(home, service)
    view = seen(home, name)
    if view is None:
        screen.say(f"{name}: no controller has looked at it yet. `shipway serve` runs one.")
    elif json:
        screen.say(as_json.text(standing.as_data(view, now=now)))
    else:
        screen.all(render.lines(view, screen.paint, now=now))
    return 0
