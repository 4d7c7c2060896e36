"""What one machine carries beside plain HTTP: a row for each claim, each with a control in the same run.

A row is one function in `ROWS`: it measures with real processes and says what was lost, by us and by the control.
What many idle services cost is a row of its own kind (`idle_services.py`).
"""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from benchmarks import idle_services
from benchmarks.idle_services import Idle
from benchmarks.picture import Bar, Picture
from benchmarks.report import Figure, Report, Table, publish
from benchmarks.wide import Measured, Row
from benchmarks.wide_cron import cron
from benchmarks.wide_protocols import certificates, grpc, h2c, tls
from tests.acceptance.jobs import WORKERS, Producer
from tests.acceptance.stand import Stand, open_stand

Found = TypeVar("Found")
DEPLOYS = 20
STRATEGIES = ("rolling", "canary", "blue-green")
KILLS = 6
"""Of the control. Fewer than deploys: whoever dies again and again waits longer each time until it is started."""
SETTLE_SECONDS = 0.5
"""Between two kills of the control, so that its workers fetch jobs again."""


def main(argv: Sequence[str] = ()) -> int:
    """Measure and publish; 1 when anything was lost, or when a control lost nothing."""
    idle = alone(idle_services.idle)
    rows = [alone(row) for row in ROWS]
    if silent := [row.control for row in rows if not row.control_lost]:
        print(f"one_machine_wide: {silent[0]} lost nothing, so a zero proves nothing, target 0, short")
        return 1
    return publish(report(rows, idle))


def alone(row: Callable[[Path], Coroutine[Any, Any, Found]]) -> Found:
    """One row, in a home of its own."""
    with tempfile.TemporaryDirectory(prefix="shipway-bench-") as folder:
        return asyncio.run(row(Path(folder)))


# Workers


async def workers(folder: Path) -> Row:
    """Jobs of a real queue while workers are deployed, then while they are killed."""
    (folder / "ours").mkdir()
    (folder / "control").mkdir()
    async with open_stand(folder / "ours", **WORKERS) as stand:
        lost, of = await _deployed(stand)
    async with open_stand(folder / "control", **WORKERS) as stand:
        control_lost, control_of = await _killed(stand)
    return Row(
        name="workers",
        claim=f"{DEPLOYS} deploys of workers lose no job and do none twice.",
        what=f"jobs lost or done twice in {DEPLOYS} worker deploys",
        lost=lost,
        of=of,
        control=f"{KILLS} times kill -9",
        control_lost=control_lost,
        control_of=control_of,
        how=(
            "A queue in SQLite gets 40 jobs a second; three workers claim one each in a transaction and work "
            "50 ms. After the last deploy the queue is emptied: a job that is still taken is lost, one with two "
            "results was done twice. The control kills the same workers with SIGKILL, "
            f"{KILLS} times, and lets them come back."
        ),
    )


async def _deployed(stand: Stand) -> tuple[int, int]:
    stand.control()
    producer = Producer(stand)
    await stand.ship_first("0")
    for number in range(DEPLOYS):
        strategy = STRATEGIES[number % len(STRATEGIES)]
        await stand.ship(f"{10**6 + number}", strategy=strategy)
        print(f"worker deploy {number + 1} of {DEPLOYS}: {strategy}", flush=True)
    return await producer.lost_or_twice(stand), producer.added


async def _killed(stand: Stand) -> tuple[int, int]:
    stand.control()
    producer = Producer(stand)
    await stand.ship_first("0")
    for _ in range(KILLS):
        for pid in (await stand.pids("mailer-")).values():
            os.kill(pid, signal.SIGKILL)
        await stand.eventually(stand.is_whole, "the workers are back")
        await asyncio.sleep(SETTLE_SECONDS)
    return await producer.lost_or_twice(stand), producer.added


ROWS: tuple[Measured, ...] = (workers, cron, tls, h2c, grpc, certificates)
"""In the order of the page."""


def report(rows: Sequence[Row], idle: Idle) -> Report:
    """For people."""
    return Report(
        name="one_machine_wide",
        claim=" ".join((*(row.claim for row in rows), idle_services.CLAIM)),
        figures=(
            *(Figure(value=row.lost, target=0, what=row.what, or_equal=True) for row in rows),
            *idle_services.figures(idle),
        ),
        tables=(
            Table(
                title="Lost",
                columns=("what", "lost", "of", "control", "lost", "of"),
                rows=tuple(_cells(row) for row in rows),
            ),
            idle_services.table(idle),
        ),
        picture=Picture(title="Lost of 10,000", unit="", bars=tuple(bar for row in rows for bar in _bars(row))),
        notes=(*(row.how for row in rows), idle_services.HOW),
    )


def _cells(row: Row) -> tuple[str, ...]:
    counts = (str(row.lost), f"{row.of:,}", row.control, str(row.control_lost), f"{row.control_of:,}")
    return (row.what, *counts)


def _bars(row: Row) -> tuple[Bar, Bar]:
    ours = Bar(label=f"{row.name}: Shipway", value=10_000 * row.lost / row.of, is_ours=True)
    return ours, Bar(label=f"{row.name}: control", value=10_000 * row.control_lost / row.control_of)


if __name__ == "__main__":
    sys.exit(main())
