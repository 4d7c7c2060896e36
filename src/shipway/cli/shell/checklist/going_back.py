"""Shows what to verify around going back, with what was seen last of the service."""

import time
from pathlib import Path

from shipway.cli.render import as_json
from shipway.cli.render import rollback_checklist as render
from shipway.cli.shell.services import chosen, of_file, seen
from shipway.cli.shell.terminal import out
from shipway.errors import Exit, ShipwayError
from shipway.home import find
from shipway.planning.rollback_checklist import gone_through


def shown(file: Path, *, as_json_wanted: bool) -> int:
    """Raises `ShipwayError` where nothing was seen yet."""
    home = find()
    service = chosen(home, of_file(file), folder=file.parent)
    view = seen(home, service)
    if view is None:
        raise ShipwayError(
            f"No controller has looked at {service} yet",
            where="shipway check --rollback",
            why="What is seen of the list comes from its last look.",
            fix="`shipway serve` runs a controller; `shipway rollback` goes back without one.",
        )
    items, screen, now = gone_through(view), out(), time.time()
    if as_json_wanted:
        screen.say(as_json.text(render.as_data(view, items, now=now)))
    else:
        screen.all(render.lines(view, items, screen.paint, now=now))
    return Exit.DONE
