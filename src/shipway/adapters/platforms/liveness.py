"""Looks after all replicas of a home, whether or not a controller lives. Run by the supervisor.

`python -m shipway.adapters.platforms.liveness --home H`
"""

import argparse
import asyncio
from pathlib import Path
from time import time

from shipway.adapters.replicas.liveness import LOOK_SECONDS, Liveness
from shipway.adapters.supervisor import NotRunning, Supervisor
from shipway.errors import PortError


async def run(home: Path) -> None:
    """Until it is ended from outside, or the supervisor was shut down."""
    supervisor = Supervisor(home)
    liveness = Liveness(supervisor.home, supervisor)
    while True:
        try:
            await liveness.look(time())
        except NotRunning:
            # We lived on without it. One that was shut down is to stay so.
            if supervisor.was_shut_down():
                return
            await supervisor.ensure()
        except PortError as error:
            print(error.what, flush=True)
        await asyncio.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    asyncio.run(run(parser.parse_args().home))
