"""A real controller that kills itself (SIGKILL) at its first effect, `before` it or `after` it: `… after`."""

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

LEASE_SECONDS = 1.0


async def dying(
    ports: Ports, action: Action, *, generation: int, revisions: Mapping[RevisionId, Revision]
) -> None:
    if sys.argv[1] == "after":
        await acting.act(ports, action, generation=generation, revisions=revisions)
    os.kill(os.getpid(), signal.SIGKILL)


async def main() -> None:
    """Until it dies, or somebody ends it."""
    tick.act = dying
    with Shipway(find()) as shipway:
        controller = shipway.controller(controller_name())
        controller.lease_seconds = LEASE_SECONDS
        await controller.run()


asyncio.run(main())
