"""`shipway logs`."""

from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json, Service
from shipway.cli.shell.log_arguments import Of, Which

Flat = Parameter(name="*")
ANY, ALL = Of(), Which()
Follow = Annotated[bool, Parameter(name="--follow", alias="-f", negative=(), help="Go on with new lines.")]


def logs(
    service: Service = None,
    *,
    of: Annotated[Of, Flat] = ANY,
    which: Annotated[Which, Flat] = ALL,
    follow: Follow = False,
    json: Json = False,
) -> int:
    """Print what the replicas printed: each line after its time, its version and its replica.

    Lines of all replicas come in the order of time, which is exact to a quarter of a second or
    better; the lines of one replica are always in their own order. Output is kept after a replica
    has gone, so a version that was taken back can still be read.

    Examples:
        shipway logs
        shipway logs checkout --version 1.10.0 --since 10m
        shipway logs -f --replica 2
        shipway logs --since 14:00 --until 14:10 --grep "ERROR|Traceback"
        shipway logs --json | jq -r .line

    Then:
        `shipway why` tells what the guard saw; this is what the version says itself.
    """
    import asyncio
    import time

    from shipway.cli.shell.log_arguments import query
    from shipway.cli.shell.log_printing import printed, revision_of
    from shipway.cli.shell.services import chosen
    from shipway.home import find

    home = find()
    name = chosen(home, service)
    revision = revision_of(home, name, of.revision)
    asked = query(of, which, revision=revision, follow=follow, now=time.time())
    return asyncio.run(printed(home, name, asked, as_json=json))
