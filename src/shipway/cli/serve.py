"""`shipway serve`."""

import asyncio
from typing import Annotated

from cyclopts import Parameter

Verbose = Annotated[bool, Parameter(name="--verbose", alias="-v", negative=(), help="Log more than warnings.")]


def serve(*, verbose: Verbose = False) -> int:
    """Run a controller: it drives releases and guards them, until it gets SIGTERM.

    Nobody has to start it: `shipway deploy` keeps one running in the background, under a
    supervisor. Several may run at once; each service has one owner, and another takes over
    when that one is gone.

    Examples:
        shipway serve
        shipway serve --verbose

    Then:
        It logs one JSON object a line to standard error. On SIGTERM it finishes what it is
        doing and gives its services to others; what runs goes on running.
    """
    from shipway.cli.shell.serving import serving

    return asyncio.run(serving(verbose=verbose))
