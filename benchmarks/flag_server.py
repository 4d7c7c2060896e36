"""What the flag server does under load: evaluations in bulk, a kill to a thousand readers, ten thousand that wait.

One server process on one CPU, its load on another. Readers are sockets that follow the SDK's stream.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles

from msgspec import Struct

from benchmarks.flag_stand import Stand, standing
from benchmarks.installed import programs
from benchmarks.picture import Bar, Picture
from benchmarks.report import Figure, Report, Table, is_full, publish

FLAGS = 100
BULK_US_MAX = 1e6 / 3000
KILL_MS_MAX = 200.0
MEMORY_MB_MAX = 500.0
PROVIDER_US_MAX = 1.5
READERS, WAITING = 1_000, 10_000
KILLS, KILLS_FULL = 40, 200
BULK_SECONDS, BULK_CONNECTIONS = 8, 16
BATCHES, QUESTIONS = 11, 2_000
PAUSE_SECONDS = 0.1
SETTLE_SECONDS = 3.0

Reader = tuple[asyncio.StreamReader, asyncio.StreamWriter]
"""Both, because a writer that nobody holds closes the connection."""

CLAIM = (
    "The flag server answers 3,000 OFREP requests a second for 100 flags each on one core; a kill reaches the "
    "last of 1,000 streaming readers in less than 200 ms (p99); 10,000 readers that wait take less than 500 MB; "
    "the OpenFeature provider adds at most 1.5 µs to what the SDK's own in-memory provider takes."
)
HOW = (
    "Bulk: `wrk` with 16 connections, every request another user, half of the flags with a rule, no answer "
    "remembered by tag. What one core gives is a second over the CPU time that the server's process takes for a "
    "request, because the machine has other work; the rate by the clock stands below it. Kills: from sending the "
    "management call, which is durable before it is answered, to the event at the last of the readers, all of "
    "which one process of this script reads, so that the figure has their time and the machine's other work too. "
    "Memory: resident size of the server's process. Provider: `get_boolean_value` at a 25% rollout against "
    "InMemoryProvider with a static flag, CPU time, medians of batches side by side. No peer was measured."
)


class Bulk(Struct, frozen=True, kw_only=True):
    """Evaluations in bulk."""

    per_second: float
    cpu_us: float


def main(argv: Sequence[str] = ()) -> int:
    """Measure, and publish."""
    provider = _provider_us()
    with tempfile.TemporaryDirectory() as folder, standing(Path(folder), FLAGS) as stand:
        bulk = _bulk(stand, Path(folder))
        before = stand.memory_mb()
        kills, memory = asyncio.run(_readers(stand))
    return publish(_report(bulk, kills, (before, memory), provider))


def _bulk(stand: Stand, folder: Path) -> Bulk:
    script = folder / "bulk.lua"
    body = '{"context":{"targetingKey":"user-%d","region":"eu"}}'
    script.write_text(
        f'wrk.method = "POST"\nwrk.headers["Authorization"] = "Bearer {stand.token}"\nlocal n = 0\n'
        f"request = function()\n  n = n + 1\n  return wrk.format(nil, nil, nil, string.format('{body}', n))\nend\n"
    )
    command = ["wrk", "-t1", f"-c{BULK_CONNECTIONS}", f"-d{BULK_SECONDS}s", "-s", str(script)]
    path = programs().get("wrk", "wrk")
    command[0] = path
    began = stand.cpu_seconds()
    ran = subprocess.run(
        [*command, f"{stand.url}/ofrep/v1/evaluate/flags"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "Non-2xx" not in ran.stdout, ran.stdout
    count = int(_found(r"(\d+) requests in", ran.stdout))
    rate = float(_found(r"Requests/sec:\s+([\d.]+)", ran.stdout))
    print(f"bulk: {rate:.0f} requests a second", flush=True)
    return Bulk(per_second=rate, cpu_us=(stand.cpu_seconds() - began) / count * 1e6)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


async def _readers(stand: Stand) -> tuple[list[float], float]:
    """Milliseconds of each kill, and the server's memory with all that wait."""
    readers = [await _reader(stand) for _ in range(READERS)]
    kills = [await _kill(stand, readers, number) for number in range(KILLS_FULL if is_full() else KILLS)]
    for begin in range(READERS, WAITING, 100):
        readers += await asyncio.gather(*(_reader(stand) for _ in range(min(100, WAITING - begin))))
    await asyncio.sleep(SETTLE_SECONDS)
    memory = stand.memory_mb()
    print(f"kills: {median(kills):.0f} ms, {len(readers)} readers: {memory:.0f} MB", flush=True)
    return kills, memory


async def _reader(stand: Stand) -> Reader:
    reader, writer = await asyncio.open_connection("127.0.0.1", stand.port, limit=2**20)
    ask = f"GET /stream HTTP/1.1\r\nHost: flags\r\nAuthorization: Bearer {stand.token}\r\n\r\n"
    writer.write(ask.encode())
    await _until(reader, b"data: ")
    return reader, writer


async def _until(reader: asyncio.StreamReader, begin: bytes) -> float:
    while not (line := await reader.readline()).startswith(begin):
        assert line, "the server has closed a stream"
    return time.perf_counter()


async def _kill(stand: Stand, readers: Sequence[Reader], number: int) -> float:
    waiting = [asyncio.create_task(_until(reader, b"event: change")) for reader, _ in readers]
    await asyncio.sleep(PAUSE_SECONDS)
    began = time.perf_counter()
    await asyncio.to_thread(stand.patch, "flag-0", {"kill": number % 2 == 0})
    return (max(await asyncio.gather(*waiting)) - began) * 1000


def _provider_us() -> float:
    from openfeature import api
    from openfeature.evaluation_context import EvaluationContext
    from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

    from shipway.flags import FeatureFlags
    from shipway.flags.openfeature import ShipwayProvider

    ours = ShipwayProvider(FeatureFlags.of("features: {f: {rollout: {percentage: 25}}}"))
    theirs = InMemoryProvider({"f": InMemoryFlag("on", {"on": True, "off": False})})
    for name, provider in (("ours", ours), ("theirs", theirs)):
        api.set_provider_and_wait(provider, name)
    users = [EvaluationContext(f"user-{number}") for number in range(QUESTIONS)]
    asks = [api.get_client(name).get_boolean_value for name in ("ours", "theirs")]
    added = [_us(asks[0], users) - _us(asks[1], users) for _ in range(BATCHES)]
    return median(added)


def _us(ask: Callable[..., object], users: Sequence[object]) -> float:
    began = time.thread_time()
    for user in users:
        ask("f", False, user)
    return (time.thread_time() - began) / len(users) * 1e6


def _report(bulk: Bulk, kills: Sequence[float], memory: tuple[float, float], provider: float) -> Report:
    last = quantiles(kills, n=100)[-1]
    before, waiting = memory
    rows = (
        ("OFREP, 100 flags a request, of one core", f"{1e6 / bulk.cpu_us:.0f} a second", ">= 3,000"),
        ("the same, CPU of the server", f"{bulk.cpu_us:.0f} µs", f"<= {BULK_US_MAX:.0f} µs"),
        ("the same, by the clock on this machine", f"{bulk.per_second:.0f} a second", ""),
        ("a kill to the last of 1,000 readers, median", f"{median(kills):.0f} ms", ""),
        (f"the same, p99 of {len(kills)}", f"{last:.0f} ms", f"< {KILL_MS_MAX:.0f} ms"),
        ("memory without readers", f"{before:.0f} MB", ""),
        ("memory with 10,000", f"{waiting:.0f} MB", f"< {MEMORY_MB_MAX:.0f} MB"),
        ("what the OpenFeature provider adds", f"{provider:.2f} µs", f"<= {PROVIDER_US_MAX} µs"),
    )
    return Report(
        name="flag_server",
        claim=CLAIM,
        figures=(
            Figure(value=bulk.cpu_us, target=BULK_US_MAX, unit="us", what="100 flags by OFREP", or_equal=True),
            Figure(value=last, target=KILL_MS_MAX, unit="ms", what="a kill at the last of 1,000"),
            Figure(value=waiting, target=MEMORY_MB_MAX, unit="MB", what="10,000 readers"),
            Figure(value=provider, target=PROVIDER_US_MAX, unit="us", what="the provider", or_equal=True),
        ),
        tables=(Table(title="One server process", columns=("what", "measured", "target"), rows=rows),),
        picture=_picture(kills),
        notes=(HOW,),
    )


def _picture(kills: Sequence[float]) -> Picture:
    cuts = quantiles(kills, n=100)
    named = (("half", cuts[49]), ("9 of 10", cuts[89]), ("99 of 100", cuts[98]))
    bars = tuple(Bar(label=label, value=value, is_ours=True) for label, value in named)
    return Picture(title="A kill, until the last of 1,000 readers has it", unit="ms", bars=bars)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
