"""How fast a release is taken back: by hand of a person, half way through a rolling update, and by the guard.

Three measurements on the whole real stack, under light load:

- decision to "every new request is on the stable version": from the journal's entry to the instant at which
  Envoy runs a route without the candidate, seen through its administration by a thread that looks all the time.
  Beside it one weight change by hand: write the route file, look the same way;
- a rolling update, taken back when half done: the way back against the way forward;
- first bad answer to last bad answer, as users saw them: 5% canary, 100 requests/s, a candidate failing 50%. The
  two rules in use judge simulated streams of the same rates (`detection.py`): they need minutes.
"""

import asyncio
import json
import math
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from msgspec import Struct

from benchmarks import detection
from benchmarks.picture import Bar, Picture
from benchmarks.report import Figure, Report, Table, is_full, publish
from shipway.adapters.traffic.envoy.admin import Admin
from shipway.adapters.traffic.envoy.places import Home
from shipway.demo.load import Load
from shipway.model.command import Back, Pause, Promote
from shipway.model.event import Entry, RunEnded, RunStarted, StageSettled, WentBack
from tests.acceptance.stand import SERVICE, Stand, open_stand

ROLLBACKS = 100
ROLLINGS, ROLLINGS_FULL = 3, 10
BAD_CANARIES, BAD_CANARIES_FULL = 5, 20
RULE_STREAMS = 200
LIGHT_RATE = 50.0
CLAIM_RATE, CLAIM_FAILING = 100.0, 0.5
LOOK_SECONDS = 0.001
IN_FORCE_SECONDS = 20.0
VERSION = rf"http\.{SERVICE}\.rds\.{SERVICE}\.version_text"
CANARY = {"canary": {"stages": ["5%", "100%"], "bake": "10m"}, "smoke": "test {url}"}
REPLICAS = {"platform": {"process": {"replicas": 4}}}
TARGET_MS, TARGET_RATIO, TARGET_ROLLING, TARGET_SECONDS = 250.0, 10.0, 1.2, 10.0


class Found(Struct, frozen=True):
    """All that was measured, in seconds."""

    engine: tuple[float, ...]
    by_hand: tuple[float, ...]
    forward: tuple[float, ...]
    backward: tuple[float, ...]
    bad: tuple[float, ...]


class Seen:
    """Notes when Envoy runs another route than before."""

    def __init__(self, home: Path) -> None:
        self.admin = Admin(Home(home).socket)
        self.before = self._version()
        self.at = math.nan
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _version(self) -> object:
        return self.admin.stats(VERSION).popitem()[1]

    def _look(self) -> None:
        deadline = time.time() + IN_FORCE_SECONDS
        while time.time() < deadline:
            if self._version() != self.before:
                self.at = time.time()
                return
            time.sleep(LOOK_SECONDS)

    async def changed_at(self) -> float:
        """Epoch seconds; not a number when it did not change."""
        await asyncio.to_thread(self._thread.join)
        return self.at


def main(argv: Sequence[str] = ()) -> int:
    """Measure and publish; 1 when a target is missed."""
    with tempfile.TemporaryDirectory(prefix="shipway-bench-") as folder:
        return publish(report(asyncio.run(measured(Path(folder)))))


async def measured(folder: Path) -> Found:
    """One stand for each of the three."""
    engine, by_hand = await traffic_back(folder / "traffic")
    forward, backward = await rolling_back(folder / "rolling")
    return Found(engine, by_hand, forward, backward, await guard_back(folder / "guard"))


# Traffic


async def traffic_back(folder: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """5% to nothing a hundred times by the engine, then a hundred times by hand."""
    folder.mkdir()
    async with open_stand(folder, **CANARY) as stand:
        stand.control()
        await stand.ship_first("1.8.2")
        load = stand.users(rate=LIGHT_RATE)
        await stand.submit("1.9.0", strategy="canary")
        engine = [await once_back(stand) for _ in range(ROLLBACKS)]
        await stand.reached(2)
        await stand.uncontrolled()
        by_hand = [await once_by_hand(stand.home.path, number) for number in range(ROLLBACKS)]
        _no_loss(load, await load.stop())
        return tuple(engine), tuple(by_hand)


async def once_back(stand: Stand) -> float:
    """From 5% back to the row before, which has a replica and no traffic; and forward again."""
    await stand.reached(2)
    seen, position = Seen(stand.home.path), (await stand.state()).position
    await stand.ask(Back(stage=1))
    at = await seen.changed_at()
    await stand.until(lambda state: state.run is not None and state.run.hold is not None, "it is back")
    decided = await when(stand, WentBack, after=position)
    await stand.ask(Promote())
    return at - decided


async def once_by_hand(home: Path, number: int) -> float:
    """As an operator's script: other weights into the file, in one step; only a change away from 5% counts."""
    path = Home(home).services / SERVICE / "rds.json"
    await asyncio.to_thread(_write, path, f"by-hand-{number}-before", candidate=5_000)
    await asyncio.sleep(0.1)
    seen, began = Seen(home), time.time()
    await asyncio.to_thread(_write, path, f"by-hand-{number}", candidate=0)
    return await seen.changed_at() - began


def _write(path: Path, version: str, *, candidate: int) -> None:
    written = json.loads(path.read_text())
    written["version_info"] = version
    for rule in written["resources"][0]["virtual_hosts"][0]["routes"]:
        for cluster in rule["route"].get("weighted_clusters", {}).get("clusters", ()):
            cluster["weight"] = candidate if "1.9.0" in cluster["name"] else 100_000 - candidate
    new = path.with_name("edited")
    new.write_text(json.dumps(written))
    new.replace(path)


async def when(stand: Stand, kind: type, *, after: int) -> float:
    """The first such event after a position, on the store's clock."""
    entries = await stand.shipway.store.journal.read(SERVICE, after=after)
    return next(entry.at for entry in entries if isinstance(entry.event, kind))


def _no_loss(load: Load, counts: object) -> None:
    assert not load.counts.lost, counts


# Capacity


async def rolling_back(folder: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A rolling update to its half, and back, a few times."""
    folder.mkdir()
    async with open_stand(folder, **REPLICAS, rolling={"batches": 4}) as stand:
        stand.control()
        await stand.ship_first("1.8.2")
        load = stand.users(rate=LIGHT_RATE)
        spans = [await half_and_back(stand) for _ in range(ROLLINGS_FULL if is_full() else ROLLINGS)]
        _no_loss(load, await load.stop())
        return tuple(span[0] for span in spans), tuple(span[1] for span in spans)


async def half_and_back(stand: Stand) -> tuple[float, float]:
    """Seconds forward to 2 of 4, and back from there until nothing of it is left."""
    position = (await stand.state()).position
    await stand.submit("1.9.0", strategy="rolling")
    await stand.until(lambda state: state.run is not None and state.run.row == 2, "the second batch begins")
    await stand.ask(Pause())
    await stand.reached(2)
    await stand.ask(Back(stage=0))
    await stand.ended()
    entries = await stand.shipway.store.journal.read(SERVICE, after=position)
    started, back, ended = (_at(entries, kind) for kind in (RunStarted, WentBack, RunEnded))
    half = next(e.at for e in entries if isinstance(e.event, StageSettled) and e.event.row == 2)
    return half - started, ended - back


def _at(entries: Sequence[Entry], kind: type) -> float:
    return next(entry.at for entry in entries if isinstance(entry.event, kind))


# The guard


async def guard_back(folder: Path) -> tuple[float, ...]:
    """Bad canaries under a hundred requests a second."""
    folder.mkdir()
    found = []
    async with open_stand(folder, canary=CANARY["canary"], guard={"no_data": "extend"}) as stand:
        stand.control()
        await stand.ship_first("1.8.2")
        for _ in range(BAD_CANARIES_FULL if is_full() else BAD_CANARIES):
            load = stand.users(rate=CLAIM_RATE)
            past = await stand.deploy("1.10.0", strategy="canary")
            counts = await load.stop()
            assert past.outcome == "rolled-back" and not counts.lost, (past, counts)
            found.append(counts.last_failed_at["1.10.0"] - counts.first_failed_at["1.10.0"])
    return tuple(found)


def rule_seconds(rule: detection.Rule) -> float:
    """The median decision of a rule in use."""
    return median(detection.times(rule, detection.CLAIM, failing=CLAIM_FAILING, runs=RULE_STREAMS))


# For people


def p99(seconds: Sequence[float]) -> float:
    """Of a hundred, the second largest."""
    return sorted(seconds)[math.ceil(0.99 * len(seconds)) - 1]


def report(found: Found) -> Report:
    """For people."""
    engine, by_hand = p99(found.engine), p99(found.by_hand)
    rolling = median(back / there for there, back in zip(found.forward, found.backward, strict=True))
    flagger, argo = rule_seconds(detection.flagger_like), rule_seconds(detection.argo_like)
    return Report(
        name="take_back",
        claim=(
            "Traffic is back within a quarter of a second of the decision, a half-done rolling update in about "
            "the time it took forward, and a bad canary is gone ten seconds after its first bad answer."
        ),
        figures=(
            Figure(value=engine * 1000, target=TARGET_MS, unit="ms", what="p99 to the stable version"),
            Figure(value=engine / by_hand, target=TARGET_RATIO, unit="x", what="by hand", or_equal=True),
            Figure(value=rolling, target=TARGET_ROLLING, unit="x", what="forward, rolling", or_equal=True),
            Figure(value=median(found.bad), target=TARGET_SECONDS, unit="s", what="of bad answers"),
        ),
        tables=(_traffic(found), _rolling(found), _bad(found, flagger, argo)),
        picture=Picture(
            title="From the first bad answer of a canary to the last",
            unit="s",
            limit=TARGET_SECONDS,
            bars=(
                Bar(label="Shipway", value=median(found.bad), is_ours=True),
                Bar(label="Argo-like rule", value=argo),
                Bar(label="Flagger-like rule", value=flagger),
            ),
        ),
        notes=((__doc__ or "").strip(),),
    )


def _traffic(found: Found) -> Table:
    rows = (("the engine", found.engine), ("one weight change by hand", found.by_hand))
    cells = [(name, *(f"{1000 * of(values):.1f} ms" for of in (median, p99, max))) for name, values in rows]
    return Table(
        title=f"Decision to all new requests on the stable version, {ROLLBACKS} times",
        columns=("by", "median", "p99", "longest"),
        rows=tuple(cells),
    )


def _rolling(found: Found) -> Table:
    pairs = zip(found.forward, found.backward, strict=True)
    rows = (
        (str(n), f"{there:.1f} s", f"{back:.1f} s", f"{back / there:.2f}x")
        for n, (there, back) in enumerate(pairs, 1)
    )
    return Table(
        title="Rolling update, 2 of 4 replaced", columns=("run", "forward", "back", "ratio"), rows=tuple(rows)
    )


def _bad(found: Found, flagger: float, argo: float) -> Table:
    rows = (
        ("Shipway", f"{median(found.bad):.1f} s", f"{max(found.bad):.1f} s"),
        ("Argo-like rule, decision alone", f"{argo:.0f} s", ""),
        ("Flagger-like rule, decision alone", f"{flagger:.0f} s", ""),
    )
    return Table(title="First bad answer to the last", columns=("who", "median", "longest"), rows=rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
