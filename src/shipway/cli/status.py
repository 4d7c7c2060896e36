"""`shipway status`."""

import time

from shipway.cli.shell.arguments import Json, Named
from shipway.cli.shell.showing import show
from shipway.home import find


def status(service: Named = None, *, json: Json = False) -> int:
    """Show what is live and what is under way: one service in full, or a line for each.

    Examples:
        shipway status
        shipway status checkout
        shipway status checkout --json | jq .standing

    Then:
        It only reads, so it is safe at any time. `shipway watch` shows the same and keeps it
        up to date; `shipway why` gives the evidence behind it.
    """
    return show(find(), service, as_json=json, now=time.time())
