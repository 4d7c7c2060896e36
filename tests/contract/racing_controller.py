"""One of several controllers that all believe they own a service: `racing_controller.py FOLDER FIRST`.

It scales with the generations FIRST, FIRST + 3, … 30; those that came too late must be refused.
"""

import sys
from pathlib import Path

from contract.process_stand import ProcessStand
from shipway.errors import StaleGeneration


async def race(stand: ProcessStand, first: int) -> None:
    """Scale again and again."""
    platform = stand.platform()
    for generation in range(first, 31, 3):
        try:
            await platform.scale(stand.revision("1.0"), 3, generation=generation)
        except StaleGeneration:
            continue


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    stand = ProcessStand(folder)
    stand.run(race(stand, int(sys.argv[2])))
