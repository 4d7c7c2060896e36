"""What the flag server does under load: evaluations in bulk, a kill to a thousand readers, ten thousand that wait.

One server process on one CPU, its load on another. Readers are sockets that follow the SDK's stream.
"""

import asyncio
import json
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
from benchmarks.unleash import FRONTEND, Unleash, unleash

FLAGS = 100
BULK_US_MAX = 1e6 / 3000
KILL_MS_MAX = 200.0
MEMORY_MB_MAX = 500.0
PROVIDER_US_MAX = 1.5
READERS, WAITING = 1_000, 10_000
KILLS, KILLS_FULL = 40, 200
PEER_KILLS = 20
BULK_SECONDS, BULK_CONNECTIONS = 8, 16
BATCHES, QUESTIONS = 11, 2_000
PAUSE_SECONDS = 0.1
SETTLE_SECONDS = 3.0

Reader = tuple[asyncio.StreamReader, asyncio.StreamWriter]
"""Both, because a writer that nobody holds closes the connection."""

CLAIM = (
    "The flag server answers 3,000 OFREP requests a second for 100 flags each on one core; a kill reaches the "
    "last of 1,000 streaming readers in less than 200 ms (p99); both take less than a real Unleash server in the "
    "same run, whose client polls each second; 10,000 readers that wait take less than 500 MB; the OpenFeature "
    "provider adds at most 1.5 µs to what the SDK's own in-memory provider takes."
)
HOW = (
    "Bulk: `wrk` with 16 connections, every request another user, half of the flags with a rule, no answer "
    "remembered by tag. What one core gives is a second over the CPU time that the server's process takes for a "
    "request, because the machine has other work; the rate by the clock stands below it. Kills: from sending the "
    "management call, which is durable before it is answered, to the event at the last of the readers, all of "
    "which one process of this script reads, so that the figure has their time and the machine's other work too. "
    "Memory: resident size of the server's process. Provider: `get_boolean_value` at a 25% rollout against "
    "InMemoryProvider with a static flag, CPU time, medians of batches side by side."
)
PEER = (
    "Unleash: `unleash-server` 8 from npm on the same CPU, with a PostgreSQL of its own beside it, whose time is "
    "not counted. Bulk is its frontend API with the same flags and users; it sends the flags that are on, a "
    "quarter, ours all of them. Kills: its Python client polls each second, the least that it takes; one client, "
    "where ours are a thousand, and the time is until its answer is another. Its own streaming is not in the free "
    "edition."
)


class Ours(Struct, frozen=True, kw_only=True):
    """What our server does."""

    bulk: "Bulk"
    kills: Sequence[float]
    cpu: tuple[float, float]
    """Milliseconds of CPU for a kill, of the server and of all readers."""
    memory: tuple[float, float]
    """Megabytes without readers, and with all that wait."""


class Peer(Struct, frozen=True, kw_only=True):
    """What a real Unleash does in the same run."""

    bulk: "Bulk"
    kills: Sequence[float]


class Bulk(Struct, frozen=True, kw_only=True):
    """Evaluations in bulk."""

    per_second: float
    cpu_us: float


def main(argv: Sequence[str] = ()) -> int:
    """Measure, and publish."""
    provider = _provider_us()
    with tempfile.TemporaryDirectory() as folder, unleash(Path(folder), FLAGS) as server:
        peer = Peer(bulk=_bulk_of_unleash(server, Path(folder)), kills=server.kills(PEER_KILLS))
    print(f"Unleash: {peer.bulk.cpu_us:.0f} µs a request, kills {median(peer.kills):.0f} ms", flush=True)
    with tempfile.TemporaryDirectory() as folder, standing(Path(folder), FLAGS) as stand:
        bulk = _bulk_of_ours(stand, Path(folder))
        before = stand.memory_mb()
        kills, cpu, memory = asyncio.run(_readers(stand))
    ours = Ours(bulk=bulk, kills=kills, cpu=cpu, memory=(before, memory))
    return publish(_report(ours, peer, provider))


def _bulk_of_ours(stand: Stand, folder: Path) -> Bulk:
    body = '{"context":{"targetingKey":"user-%d","region":"eu"}}'
    lines = (
        'wrk.method = "POST"',
        f'wrk.headers["Authorization"] = "Bearer {stand.token}"',
        "local n = 0",
        f"request = function() n = n + 1; return wrk.format(nil, nil, nil, string.format('{body}', n)) end",
    )
    return _bulk(f"{stand.url}/ofrep/v1/evaluate/flags", lines, folder, stand.cpu_seconds)


def _bulk_of_unleash(server: Unleash, folder: Path) -> Bulk:
    path = "/api/frontend?userId=user-%d&properties[region]=eu"
    lines = (
        f'wrk.headers["Authorization"] = "{FRONTEND}"',
        "local n = 0",
        f"request = function() n = n + 1; return wrk.format(nil, string.format('{path}', n)) end",
    )
    shown = len(json.loads(server.ask("GET", path % 1, token=FRONTEND))["toggles"])
    assert FLAGS * 0.1 < shown < FLAGS * 0.5, f"{shown} flags of {FLAGS} are on"
    return _bulk(server.url, lines, folder, server.cpu_seconds)


def _bulk(url: str, script: Sequence[str], folder: Path, cpu_seconds: Callable[[], float]) -> Bulk:
    (folder / "bulk.lua").write_text("\n".join(script))
    command = [programs().get("wrk", "wrk"), "-t1", f"-c{BULK_CONNECTIONS}", f"-d{BULK_SECONDS}s"]
    command += ["-s", str(folder / "bulk.lua"), url]
    began = cpu_seconds()
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "Non-2xx" not in ran.stdout, ran.stdout
    count = int(_found(r"(\d+) requests in", ran.stdout))
    rate = float(_found(r"Requests/sec:\s+([\d.]+)", ran.stdout))
    print(f"bulk: {rate:.0f} requests a second", flush=True)
    return Bulk(per_second=rate, cpu_us=(cpu_seconds() - began) / count * 1e6)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


async def _readers(stand: Stand) -> tuple[list[float], tuple[float, float], float]:
    """Milliseconds of each kill, of them CPU of the server and of the readers; the memory with all that wait."""
    readers = [await _reader(stand) for _ in range(READERS)]
    began, began_here = stand.cpu_seconds(), time.process_time()
    kills = [await _kill(stand, readers, number) for number in range(KILLS_FULL if is_full() else KILLS)]
    took = (stand.cpu_seconds() - began, time.process_time() - began_here)
    cpu = (took[0] / len(kills) * 1000, took[1] / len(kills) * 1000)
    for begin in range(READERS, WAITING, 100):
        readers += await asyncio.gather(*(_reader(stand) for _ in range(min(100, WAITING - begin))))
    await asyncio.sleep(SETTLE_SECONDS)
    memory = stand.memory_mb()
    print(f"kills: {median(kills):.0f} ms, {len(readers)} readers: {memory:.0f} MB", flush=True)
    return kills, cpu, memory


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


def _report(ours: Ours, peer: Peer, provider: float) -> Report:
    last = quantiles(ours.kills, n=100)[-1]
    figures = (
        Figure(value=ours.bulk.cpu_us, target=BULK_US_MAX, unit="us", what="100 flags by OFREP", or_equal=True),
        Figure(
            value=ours.bulk.cpu_us / peer.bulk.cpu_us, target=1.0, unit="x", what="Unleash's CPU for a request"
        ),
        Figure(value=last, target=KILL_MS_MAX, unit="ms", what="a kill at the last of 1,000"),
        Figure(
            value=median(ours.kills) / median(peer.kills), target=1.0, unit="x", what="Unleash's time for a kill"
        ),
        Figure(value=ours.memory[1], target=MEMORY_MB_MAX, unit="MB", what="10,000 readers"),
        Figure(value=provider, target=PROVIDER_US_MAX, unit="us", what="the provider", or_equal=True),
    )
    columns = ("what", "Shipway", "Unleash 8", "target")
    return Report(
        name="flag_server",
        claim=CLAIM,
        figures=figures,
        tables=(Table(title="One server process", columns=columns, rows=_rows(ours, peer, provider)),),
        picture=_picture(ours.kills, peer.kills),
        notes=(HOW, PEER),
    )


def _rows(ours: Ours, peer: Peer, provider: float) -> tuple[tuple[str, ...], ...]:
    rates = [f"{1e6 / one.cpu_us:.0f} a second" for one in (ours.bulk, peer.bulk)]
    cpu = [f"{one.cpu_us:.0f} µs" for one in (ours.bulk, peer.bulk)]
    clock = [f"{one.per_second:.0f} a second" for one in (ours.bulk, peer.bulk)]
    halves = [f"{median(one):.0f} ms" for one in (ours.kills, peer.kills)]
    worst = [f"{quantiles(ours.kills, n=100)[-1]:.0f} ms", f"{max(peer.kills):.0f} ms at most"]
    before, waiting = ours.memory
    return (
        ("100 flags a request, of one core", *rates, ">= 3,000, and more than Unleash"),
        ("the same, CPU of the server", *cpu, f"<= {BULK_US_MAX:.0f} µs"),
        ("the same, by the clock on this machine", *clock, ""),
        ("a kill to the last of 1,000 readers, median", *halves, "less than Unleash"),
        (f"the same, p99 of {len(ours.kills)}", *worst, f"< {KILL_MS_MAX:.0f} ms"),
        ("the same, CPU of the server for a kill", f"{ours.cpu[0]:.0f} ms", "", ""),
        ("the same, CPU of the 1,000 readers", f"{ours.cpu[1]:.0f} ms", "", ""),
        ("memory without readers", f"{before:.0f} MB", "", ""),
        ("memory with 10,000", f"{waiting:.0f} MB", "", f"< {MEMORY_MB_MAX:.0f} MB"),
        ("what the OpenFeature provider adds", f"{provider:.2f} µs", "", f"<= {PROVIDER_US_MAX} µs"),
    )


def _picture(kills: Sequence[float], others: Sequence[float]) -> Picture:
    cuts, theirs = quantiles(kills, n=100), quantiles(others, n=10)
    named = (("half", cuts[49]), ("9 of 10", cuts[89]), ("99 of 100", cuts[98]))
    bars = tuple(Bar(label=label, value=value, is_ours=True) for label, value in named)
    polled = tuple(
        Bar(label=f"Unleash, one client, {label}", value=value)
        for label, value in (("half", theirs[4]), ("9 of 10", theirs[8]))
    )
    return Picture(title="A kill, until the last of 1,000 readers has it", unit="ms", bars=(*bars, *polled))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
