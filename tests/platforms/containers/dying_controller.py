"""A real controller that is killed at each effect once: `python dying_controller.py before|after MEMORY`.

MEMORY is a file of the effects at which one died already; there the next one goes on.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from shipway.app import Shipway, controller_name
from shipway.engine import act as acting
from shipway.engine import tick
from shipway.engine.ports import Ports
from shipway.home import find
from shipway.model.action import Action
from shipway.model.revision import Revision, RevisionId

WHEN, MEMORY = sys.argv[1], Path(sys.argv[2])
LEASE_SECONDS = 2.0
"""Short, so that the next one need not wait long."""


def die_once(action: Action) -> None:
    """At once, without a word to anybody."""
    known = MEMORY.read_text().splitlines() if MEMORY.exists() else []
    if repr(action) not in known:
        MEMORY.write_text("\n".join([*known, repr(action)]) + "\n")
        os.kill(os.getpid(), signal.SIGKILL)


async def dying(
    ports: Ports, action: Action, *, generation: int, revisions: Mapping[RevisionId, Revision]
) -> None:
    """Between the intent and its effect, or between the effect and what is written of it."""
    if WHEN == "before":
        die_once(action)
    await acting.act(ports, action, generation=generation, revisions=revisions)
    if WHEN == "after":
        die_once(action)


async def main() -> None:
    """Until it dies."""
    tick.act = dying
    with Shipway(find()) as shipway:
        controller = shipway.controller(controller_name())
        controller.lease_seconds = LEASE_SECONDS
        await controller.run()


asyncio.run(main())
