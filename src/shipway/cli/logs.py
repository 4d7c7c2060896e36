"""`shipway logs`."""

import asyncio
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell import completing
from shipway.cli.shell.arguments import Json, Service
from shipway.cli.shell.terminal import Terminal, err, out

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


def logs(
    *,
    revision: Revision = None,
    tail: Tail = 20,
    follow: Follow = False,
    json: Json = False,
    service: Service = None,
) -> int:
    """Print what the replicas printed, each line after its replica's name.

    Output is kept after a replica has gone, so a version that was taken back can still be read.

    Examples:
        shipway logs
        shipway logs --revision 1.10.0 --tail 200
        shipway logs -f
        shipway logs --json | jq -r .line

    Then:
        `shipway why` tells what the guard saw; this is what the version says itself.
    """
    from shipway.app import Shipway
    from shipway.cli.shell import reading
    from shipway.cli.shell.revisions import resolved
    from shipway.cli.shell.services import chosen
    from shipway.home import find

    home, screen, said = find(), out(), 0
    name = chosen(home, service)
    only = resolved(reading.revisions(home, name), revision) if revision else None

    async def print_all() -> None:
        nonlocal said
        with Shipway(home) as shipway:
            ports = await shipway.assemble(name)
            try:
                async for line in ports.platform.logs(only, tail=tail, follow=follow):
                    said += 1
                    _print(screen, line, as_json=json)
            finally:
                await ports.close()

    asyncio.run(print_all())
    if not said:
        err().say(f"{revision or name} has printed nothing.")
    return 0


def _print(screen: Terminal, line: str, *, as_json: bool) -> None:
    """As it came, or as an object with the replica's name apart."""
    replica, _, text = line.partition(" ")
    if as_json:
        from shipway.cli.render.as_json import line as as_line

        screen.say(as_line({"replica": replica, "line": text}))
    else:
        screen.say(line)
