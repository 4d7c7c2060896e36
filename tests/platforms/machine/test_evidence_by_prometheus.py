"""A real Prometheus judges a canary and vanishes in its middle; and a tail that only a long look shows."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec.structs import replace

from acceptance.stand import Stand, on_a_stand
from acceptance.test_evidence import APP, CANARY, kinds, shipped, went_well
from contract.test_prometheus_metrics import options
from real.exporting import exporter, of_envoy
from real.prometheus import RunningPrometheus, prometheus
from shipway.adapters.clock import WallClock
from shipway.adapters.metrics.envoy import EnvoyMetrics
from shipway.model.command import Deploy
from shipway.model.event import Held, Released, WentBack
from shipway.model.verdict import Kind
from shipway.wishing import wished

BLIND_PATIENCE_SECONDS = 6.0
"""In the place of five minutes."""


@asynccontextmanager
async def watched_by_prometheus(stand: Stand) -> AsyncIterator[RunningPrometheus]:
    """It scrapes the stand's Envoy, and the release file names it."""
    envoy = EnvoyMetrics(service=stand.service, home=stand.home.path, clock=WallClock())
    async with exporter(of_envoy(envoy)) as address, prometheus(stand.folder / "prometheus", address) as server:
        asked = options(server.url)
        stand.change(
            metrics={
                "prometheus": {
                    "url": asked.url,
                    "requests": asked.requests,
                    "errors": asked.errors,
                    "latency": asked.latency,
                    "latency_unit": "ms",
                    "in_flight": asked.in_flight,
                }
            }
        )
        yield server


async def submit_impatient(stand: Stand, version: str) -> None:
    """A deploy whose guard is held sooner when it is blind."""
    loaded = stand.loaded
    revision, release = wished(stand.home, loaded, version, strategy="canary")
    hurried = replace(release, guard=replace(release.guard, blind_patience=BLIND_PATIENCE_SECONDS))
    await stand.shipway.keep(revision, hurried)
    number = await stand.shipway.ask(stand.service, Deploy(release=hurried))
    await stand.shipway.answer(stand.service, number)


async def said(stand: Stand, *words: str) -> str:
    """What a command prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "shipway", *words, "--service", stand.service),
        env=os.environ | {"SHIPWAY_HOME": str(stand.home.path), "COLUMNS": "80"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    return " ".join((await process.communicate())[0].decode().split())


@on_a_stand(**(CANARY | {"canary": {"stages": ["30%", "100%"], "bake": "15s", "sticky": None}}))
async def test_a_prometheus_that_vanishes_mid_canary_holds_the_release_until_it_is_back(stand: Stand) -> None:
    stand.command(APP)
    async with watched_by_prometheus(stand) as server:
        await stand.ship_first("1.8.2")
        load = stand.users(rate=160.0, connections=40)
        await asyncio.sleep(2.0)
        await submit_impatient(stand, "1.9.0")
        await stand.reached(1)
        await stand.eventually(lambda: is_judged(stand), "the guard judges by Prometheus")
        await server.stop()
        state = await stand.until(lambda state: bool(state.run and state.run.hold), "it is held")
        assert state.run is not None and state.run.hold is not None
        assert state.run.hold.rule == "blind" and "Prometheus" in state.run.hold.reason
        why = await said(stand, "why")
        assert "Prometheus" in why and "cannot be reached" in why and "held" in why, why
        assert "blind" in await said(stand, "status")
        row = state.run.row
        await asyncio.sleep(2 * BLIND_PATIENCE_SECONDS)
        state = await stand.state()
        assert state.run is not None and state.run.row == row and await stand.events(WentBack) == []
        await server.start()
        await went_well(stand)
        assert [len(await stand.events(kind)) for kind in (Held, Released)] == [1, 1]
        assert load.counts.failed == {}


async def is_judged(stand: Stand) -> bool:
    return bool(await kinds(stand) & {Kind.HEALTHY, Kind.NOT_ENOUGH}) and bool(
        stand.seen and stand.seen.evidence.tally.candidate.requests
    )


@on_a_stand(**(CANARY | {"canary": {"stages": ["50%", "100%"], "bake": "300s", "sticky": None}}))
async def test_twice_the_p99_with_the_same_median_is_proven_harm_and_goes_no_further(stand: Stand) -> None:
    """A lognormal latency: sigma 0.4 and 0.7 differ by a factor of two at the p99, and by none at the median."""
    await shipped(stand, {"SPREAD": "0.7"}, MEDIAN_MS="40", SPREAD="0.4")
    state = await stand.until(lambda state: "medium" in (state.run or state.past[-1]).marks, "it is medium")
    assert state.run is not None and state.run.row == 1
    assert (
        state.run.verdict is not None and "slower than the baseline by more than 25%" in state.run.verdict.sentence
    )
