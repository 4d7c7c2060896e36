"""Prints what replicas printed."""

import time

from shipway.app import Shipway
from shipway.cli.render import logs as render
from shipway.cli.render.words import named
from shipway.cli.shell import reading
from shipway.cli.shell.revisions import resolved
from shipway.cli.shell.terminal import err, out
from shipway.home import Home
from shipway.model.log import LogQuery
from shipway.model.revision import RevisionId


def revision_of(home: Home, service: str, text: str | None) -> RevisionId | None:
    """The kept one that is meant; none if none is named. Raises `UnknownName`."""
    return resolved(reading.revisions(home, service), text) if text else None


async def printed(home: Home, service: str, query: LogQuery, *, as_json: bool) -> int:
    """All lines, batch by batch; says so where there is none."""
    screen, said = out(), 0
    names = named(reading.known(home, service))
    rendered = render.Rendered(names, screen.paint, now=time.time())
    with Shipway(home) as shipway:
        ports = await shipway.assemble(service)
        try:
            async for batch in ports.platform.logs(query):
                said += len(batch)
                screen.all(render.json_lines(batch) if as_json else rendered.lines(batch))
        finally:
            await ports.close()
    if not said:
        err().say(f"{service} has printed nothing{_of(query)}.")
    return 0


def _of(query: LogQuery) -> str:
    """Where something narrowed the search, it may be that which hides the lines."""
    narrow = (query.revision, query.replica, query.since, query.until, query.pattern)
    return " of the kind that is asked for" if any(part not in (None, "") for part in narrow) else ""
