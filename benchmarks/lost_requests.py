"""Requests lost in 30 deploys under constant load of half of what the machine can carry.

The whole real stack on this machine: Envoy, supervisord, replicas of the example shop, a controller, and users
on keep-alive connections. A request is lost when the shop's answer did not reach its user whole, whatever came
instead. Beside it a control: the same stack and load while a script restarts the replicas one after the other,
without draining and without asking whether the one before is ready.

FULL=1 goes on until a million requests were sent.
"""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from msgspec import Struct

from benchmarks.asking import Asking
from benchmarks.picture import Bar, Picture
from benchmarks.report import Figure, Report, Table, is_full, publish
from shipway.demo.load import Counts
from tests.acceptance.stand import Stand, open_stand

STRATEGIES = ("rolling", "blue-green", "canary")
DEPLOYS = 30
REQUESTS, REQUESTS_FULL = 300_000, 1_000_000
SATURATION_SECONDS = 6.0
SATURATION_CONNECTIONS = CONNECTIONS = 16
UNLIMITED = 1e6
"""Requests a second that nothing here can carry: each user asks again as soon as it has its answer."""
CONTROL_RESTARTS = 10
SCRIPT_SECONDS = 0.25
"""What the control's script waits after it has stopped a replica, before the next one."""
WISH = {"platform": {"process": {"replicas": 3}}, "rolling": {"batches": 3}}


class Span(Struct, frozen=True):
    """One deploy."""

    strategy: str
    began_at: float
    ended_at: float


class Found(Struct, frozen=True):
    """All that was measured."""

    saturation: float
    rate: float
    spans: tuple[Span, ...]
    counts: Counts
    seconds: float
    control: Counts
    control_seconds: float


def main(argv: Sequence[str] = ()) -> int:
    """Measure and publish; 1 when a request was lost."""
    with tempfile.TemporaryDirectory(prefix="shipway-bench-") as folder:
        found = asyncio.run(measured(Path(folder)))
    if not found.control.lost_total:
        print("lost_requests: the control lost nothing, so a zero proves nothing, target 0, short")
        return 1
    return publish(report(found))


async def measured(folder: Path) -> Found:
    """Deploys under load, then the control under the same load."""
    async with open_stand(folder, **WISH) as stand:
        stand.control()
        await stand.ship_first("1.0.0")
        saturation = await saturated(stand)
        rate = saturation / 2
        print(f"saturation {saturation:.0f} requests/s, so the load is {rate:.0f}", flush=True)
        least = REQUESTS_FULL if is_full() else REQUESTS
        asking = Asking(stand.port, rate=rate, connections=CONNECTIONS, least=least)
        await asking.start()
        asked_at = time.time()
        spans = [await deployed(stand, number) for number in range(DEPLOYS)]
        counts, seconds = await asking.stop(), time.time() - asked_at
        began = time.time()
        control = await controlled(stand, rate)
        return Found(saturation, rate, tuple(spans), counts, seconds, control, time.time() - began)


async def saturated(stand: Stand) -> float:
    """Answers a second when users ask as fast as they can."""
    asking = Asking(stand.port, rate=UNLIMITED, connections=SATURATION_CONNECTIONS)
    await asking.start()
    began = time.monotonic()
    await asyncio.sleep(SATURATION_SECONDS)
    counts = await asking.stop()
    return sum(counts.answered.values()) / (time.monotonic() - began)


async def deployed(stand: Stand, number: int) -> Span:
    """One good release, to its end."""
    strategy, began = STRATEGIES[number % len(STRATEGIES)], time.time()
    past = await stand.deploy(f"2.{number}.0", strategy=strategy)
    assert past.outcome == "finished", past
    span = Span(strategy, began, time.time())
    print(f"deploy {number + 1} of {DEPLOYS}: {strategy}, {span.ended_at - began:.1f} s", flush=True)
    return span


async def controlled(stand: Stand, rate: float) -> Counts:
    """A script that knows nothing of readiness or draining restarts every replica, several times."""
    asking = Asking(stand.port, rate=rate, connections=CONNECTIONS)
    await asking.start()
    for _ in range(CONTROL_RESTARTS):
        for pid in (await stand.pids("checkout-")).values():
            os.kill(pid, signal.SIGTERM)
            await asyncio.sleep(SCRIPT_SECONDS)
        await stand.eventually(stand.is_whole, "the replicas are back")
    return await asking.stop()


def report(found: Found) -> Report:
    """For people."""
    lost, sent = found.counts.lost_total, found.counts.sent
    what = f"requests lost of {sent:,} in {DEPLOYS} deploys"
    return Report(
        name="lost_requests",
        claim=(
            f"{DEPLOYS} deploys, {DEPLOYS // len(STRATEGIES)} of each strategy, lose no request "
            "under constant load of about half of saturation."
        ),
        figures=(Figure(value=lost, target=0, what=what, or_equal=True),),
        tables=(_table(found),),
        picture=Picture(
            title="Requests lost of 100,000",
            unit="",
            bars=(
                Bar(label="Shipway", value=100_000 * lost / sent, is_ours=True),
                Bar(label="restart script", value=100_000 * found.control.lost_total / found.control.sent),
            ),
        ),
        notes=(_how(found),),
    )


def _table(found: Found) -> Table:
    counts, control = found.counts, found.control
    spent = sum(_seconds(found, strategy) for strategy in STRATEGIES)
    lost = sum(_lost(found, strategy) for strategy in STRATEGIES)
    between = (
        "before, between, after",
        "",
        "",
        _requests(found, found.seconds - spent),
        str(counts.lost_total - lost),
    )
    each = f"{found.control_seconds / CONTROL_RESTARTS:.1f} s"
    restarts = (
        "control: restart script",
        str(CONTROL_RESTARTS),
        each,
        f"{control.sent:,}",
        str(control.lost_total),
    )
    return Table(
        title="Requests lost",
        columns=("deploys by", "number", "median", "requests", "lost"),
        rows=(*(_row(found, strategy) for strategy in STRATEGIES), between, restarts),
        note="; ".join(f"{number} x {what}" for what, number in counts.lost.items()),
    )


def _row(found: Found, strategy: str) -> tuple[str, ...]:
    spans = [span.ended_at - span.began_at for span in found.spans if span.strategy == strategy]
    requests = _requests(found, sum(spans))
    return (strategy, str(len(spans)), f"{median(spans):.1f} s", requests, str(_lost(found, strategy)))


def _seconds(found: Found, strategy: str) -> float:
    return sum(span.ended_at - span.began_at for span in found.spans if span.strategy == strategy)


def _requests(found: Found, seconds: float) -> str:
    """The load is constant, so a part of the time has its part of the requests."""
    return f"{found.counts.sent * seconds / found.seconds:,.0f}"


def _lost(found: Found, strategy: str) -> int:
    spans = [span for span in found.spans if span.strategy == strategy]
    return sum(any(span.began_at <= began <= span.ended_at for span in spans) for began, *_ in found.counts.losses)


def _how(found: Found) -> str:
    return (
        f"Users on {CONNECTIONS} keep-alive connections sent {found.rate:.0f} requests/s, half of the "
        f"{found.saturation:.0f} that this machine answered at most with everything on it: users, Envoy, three "
        "replicas of the example shop and the controller. Requests per strategy are their part of the time. The "
        f"control's script ends one replica, waits {SCRIPT_SECONDS:g} s, and ends the next."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
