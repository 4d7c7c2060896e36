"""`shipway logs`."""

import asyncio
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell import completing
from shipway.cli.shell.arguments import Service
from shipway.cli.shell.terminal import out

Revision = Annotated[
    str | None,
    Parameter(
        name="--revision",
        alias="-r",
        help="Only this one: a version, or a number of `shipway history`.",
        metavar="VERSION",
        completer=completing.versions,
    ),
]
Tail = Annotated[int, Parameter(name="--tail", alias="-n", help="Lines of each replica.", metavar="N")]
Follow = Annotated[bool, Parameter(name="--follow", alias="-f", negative=(), help="Go on with new lines.")]


def logs(*, revision: Revision = None, tail: Tail = 20, follow: Follow = False, service: Service = None) -> int:
    """Print what the replicas printed, each line after its replica's name.

    Output is kept after a replica has gone, so a version that was taken back can still be read.

    Examples:
        shipway logs
        shipway logs --revision 1.10.0 --tail 200
        shipway logs -f

    Then:
        `shipway why` tells what the guard saw; this is what the version says itself.
    """
    from shipway.app import Shipway
    from shipway.cli.shell import reading
    from shipway.cli.shell.revisions import resolved
    from shipway.cli.shell.services import chosen
    from shipway.home import find

    home, screen = find(), out()
    name = chosen(home, service)
    only = resolved(reading.revisions(home, name), revision) if revision else None

    async def print_all() -> None:
        with Shipway(home) as shipway:
            ports = await shipway.assemble(name)
            try:
                async for line in ports.platform.logs(only, tail=tail, follow=follow):
                    screen.say(line)
            finally:
                await ports.close()

    asyncio.run(print_all())
    return 0
