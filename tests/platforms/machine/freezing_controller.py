"""A real controller that freezes itself between an intent and its effect, as a machine that swaps does.

`python freezing_controller.py Scale 1.9.0` stops (SIGSTOP) before the first `Scale` that speaks of 1.9.0.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping

from shipway.app import Shipway, controller_name
from shipway.engine import act as acting
from shipway.engine import tick
from shipway.engine.ports import Ports
from shipway.home import find
from shipway.model.action import Action
from shipway.model.revision import Revision, RevisionId

KIND, VERSION = sys.argv[1:3]
_has_frozen = False


async def freezing(
    ports: Ports, action: Action, *, generation: int, revisions: Mapping[RevisionId, Revision]
) -> None:
    """Sleep for as long as somebody else wants, then act as if nothing had happened."""
    global _has_frozen
    if not _has_frozen and type(action).__name__ == KIND and VERSION in str(action):
        _has_frozen = True
        os.kill(os.getpid(), signal.SIGSTOP)
    await acting.act(ports, action, generation=generation, revisions=revisions)


async def main() -> None:
    """Until it is killed."""
    tick.act = freezing
    with Shipway(find()) as shipway:
        await shipway.controller(controller_name()).run()


asyncio.run(main())
