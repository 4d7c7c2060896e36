"""Windows of a service at rest: whatever dies, each that is kept is whole, and only the one under way is lost."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from crash.rollouts import ROLLOUTS
from shipway.adapters.stores.sqlite import open_store
from shipway.engine import resting
from shipway.simulation.pilot import ControllerDied
from shipway.simulation.simulate import Simulation

HOURS, SERVICE = 2, "checkout"
KEPT = resting.key_of(SERVICE)
WRITER = """
import asyncio, itertools, sys
from pathlib import Path
from shipway.adapters.stores.sqlite import open_store
from shipway.engine import resting
from shipway.model.aa_window import GROUPS, AAWindow

async def write():
    journal = open_store(Path(sys.argv[1])).journal
    for number in itertools.count():
        bins = tuple(tuple((number + bin) % 251 for bin in range(resting.BINS)) for _ in range(GROUPS))
        start = number * resting.WINDOW_SECONDS
        window = resting.AAWindow(start=start, revision="v1", bin_seconds=10.0, requests=bins, errors=bins)
        await resting.keep(journal, "checkout", window)
        print(number, flush=True)

asyncio.run(write())
"""


def rested(*, dies_at: int | None, is_before: bool = True) -> Simulation:
    """A service that is deployed and rests; its controller dies when it keeps that window."""
    scenario = replace(ROLLOUTS["first"], horizon=HOURS * 3600.0, quiet=0.0, watch=0.0, until_end=False)
    simulation, kept = Simulation(scenario), 0
    keep = simulation.journal.keep

    async def dying(service: str, name: str, value: bytes, *, token: int | None = None) -> None:
        nonlocal kept
        is_last = service == KEPT and kept == dies_at
        kept += service == KEPT
        if is_last and is_before:
            raise ControllerDied(name)
        await keep(service, name, value, token=token)
        if is_last:
            raise ControllerDied(name)

    simulation.journal.keep = dying  # type: ignore[method-assign]
    simulation.play()
    return simulation


def windows(simulation: Simulation) -> int:
    kept = simulation.journal.checkpoints[KEPT]
    found = resting.decoded(kept, now=simulation.timeline.now())
    assert len(found) == len(kept)
    return len(found)


@pytest.mark.parametrize("is_before", (True, False))
def test_a_controller_that_dies_while_it_keeps_a_window_loses_no_other(is_before: bool) -> None:
    usual = windows(rested(dies_at=None))
    assert usual == 2 * HOURS - 1
    for number in range(usual):
        simulation = rested(dies_at=number, is_before=is_before)
        assert simulation.deaths == 1
        assert windows(simulation) >= usual - 1


def test_a_writer_that_is_killed_leaves_whole_windows(tmp_path: Path) -> None:
    path, told = tmp_path / "shipway.db", 0
    for _ in range(2):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            told = max(told, *(int(writer.stdout.readline()) for _ in range(20)))
            os.kill(writer.pid, signal.SIGKILL)
        store = open_store(path)
        kept = asyncio.run(store.journal.kept(KEPT))
        store.close()
        found = resting.decoded(kept, now=resting.WINDOW_SECONDS * resting.WINDOWS_MAX)
        assert len(found) == len(kept) > told
