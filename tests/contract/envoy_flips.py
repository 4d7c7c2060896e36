"""How long a change of the route takes: `PYTHONPATH=tests python -m contract.envoy_flips [flips]`.

A process of its own asks without pause over kept connections. Counted from the call of `route`: until the
first request was answered by the new revision, until the last one by the former, and until the call returned
(confirmed). Beside it, as the reference: two replacements of a file with `fsync`, the least a route has to write.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from pathlib import Path
from statistics import median, quantiles

from contract.backends import Client
from contract.envoy_stand import open_envoy
from contract.traffic import A, B, healthy, publish, split
from shipway.adapters.supervisor import durable
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint
from shipway.ports.traffic import Traffic

PROBES = 3
PAUSE_SECONDS = 0.3
NAMES = ("first on new", "last on former", "confirmed", "2 fsyncs")
Flip = tuple[float, float, float, str]
"""When it was asked for and confirmed, what the reference took, and the revision."""
Seen = tuple[float, str]


async def main(flips: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with open_envoy(Path(directory)) as stand:
            listed = [await stand.backends.start(revision) for revision in (A, B)]
            endpoints = [Endpoint(revision=RevisionId(one.revision), address=one.address) for one in listed]
            await publish(stand, *endpoints, generation=1)
            await stand.traffic.route(split(0), generation=2)
            await healthy(stand)
            command = [sys.executable, "-m", "contract.envoy_flips", "probe", stand.address]
            asking = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
            await asyncio.sleep(1.0)
            rows = [await _flip(stand.traffic, number, Path(directory)) for number in range(flips)]
            written, _ = await asking.communicate(b"stop")
            ends = [flip[0] for flip in rows[1:]] + [float("inf")]
            report([_row(flip, json.loads(written), end=end) for flip, end in zip(rows, ends, strict=True)])


async def _flip(traffic: Traffic, number: int, directory: Path) -> Flip:
    reference = await asyncio.to_thread(_reference, directory / "reference")
    to = B if number % 2 == 0 else A
    asked = time.monotonic()
    await traffic.route(split(100 if to == B else 0), generation=10 + number)
    confirmed = time.monotonic()
    await asyncio.sleep(PAUSE_SECONDS)
    return asked, confirmed, reference, to


def _reference(path: Path) -> float:
    began = time.monotonic()
    for _ in range(2):
        durable.replace(path, os.urandom(1500))
    return time.monotonic() - began


def _row(flip: Flip, seen: list[Seen], *, end: float) -> tuple[float, ...]:
    """Milliseconds; a request counts at the moment when it was sent."""
    asked, confirmed, reference, to = flip
    during = [(at, revision) for at, revision in seen if asked <= at < end]
    first = min(at for at, revision in during if revision == to)
    last = max((at for at, revision in during if revision != to), default=asked)
    return tuple((at - asked) * 1000 for at in (first, last, confirmed, asked + reference))


def report(rows: list[tuple[float, ...]]) -> None:
    for name, column in zip(NAMES, zip(*rows, strict=True), strict=True):
        p99 = quantiles(column, n=100, method="inclusive")[98]
        print(f"{name:15} median {median(column):6.1f} ms   p99 {p99:6.1f} ms   max {max(column):6.1f} ms")


async def probe(address: str) -> None:
    """Asks until its input ends; prints when each request was sent, and who answered."""
    seen: list[Seen] = []
    asking = [asyncio.ensure_future(_ask(address, seen)) for _ in range(PROBES)]
    await asyncio.to_thread(sys.stdin.read)
    for one in asking:
        one.cancel()
    print(json.dumps(seen))


async def _ask(address: str, seen: list[Seen]) -> None:
    client = Client(address)
    while True:
        began = time.monotonic()
        answer = await client.ask()
        assert answer.status == 200
        seen.append((began, answer.revision))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["probe", address]:
            asyncio.run(probe(address))
        case arguments:
            asyncio.run(main(int(*arguments or ["50"])))
