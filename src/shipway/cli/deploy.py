"""`shipway deploy`."""

import asyncio
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Version
from shipway.cli.shell.asked import Asked, Watched

Flat = Parameter(name="*")
USUAL, SEEN = Asked(), Watched()
"""With no option given."""


def deploy(
    version: Version,
    *,
    asked: Annotated[Asked, Flat] = USUAL,
    watched: Annotated[Watched, Flat] = SEEN,
) -> int:
    """Ship a version: submit it, then watch it live.

    A release under way is superseded, unless --queue or --refuse says otherwise. Ctrl-C stops
    the watching only: the release goes on, under its guard. Exit codes: 0 it has all traffic,
    3 refused or superseded, 4 it was taken back, 5 it is held for a person, 130 you left.

    Examples:
        shipway deploy 1.9.0
        shipway deploy 1.9.0 --strategy blue-green --wait window
        shipway deploy 1.9.0 --foreground --refuse
        shipway deploy 1.9.0 --dry-run

    Then:
        The guard compares the new version with the live one at each stage, and takes it back
        by itself when users would be hurt. `shipway promote` goes on early, `shipway abort`
        takes it back, `shipway why` tells the evidence.
    """
    from shipway.cli.shell.deploying import deployed

    return asyncio.run(deployed(version, asked=asked, watched=watched))
