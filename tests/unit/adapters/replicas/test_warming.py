"""A new replica is warmed up before its first request, once, and within its time."""

import asyncio
import json
import urllib.request

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contract.platform import Scenes, ready, until
from contract.process_stand import ProcessStand
from shipway.adapters.clock import WallClock
from shipway.adapters.replicas.health import WarmUp
from shipway.adapters.replicas.place import here
from shipway.adapters.replicas.warming import PASSES, PASSES_MAX, REFUSALS_MAX, Warmth, after, warm_up
from shipway.model.revision import Revision
from tests.real.ports import free_port


def passed(*seconds: float) -> Warmth:
    warmth = Warmth()
    for each in seconds:
        warmth = after(warmth, each, "", is_refused=False)
    return warmth


def test_answers_that_get_faster_are_not_warm_yet() -> None:
    assert not passed(*([0.5] * PASSES), *([0.3] * PASSES)).is_warm
    assert passed(*([0.5] * PASSES), *([0.3] * PASSES), *([0.29] * PASSES)).is_warm


def test_what_a_clock_hardly_tells_apart_is_as_fast() -> None:
    assert passed(*([0.002] * PASSES), *([0.0005] * PASSES)).is_warm


def test_answers_that_get_slower_are_not_waited_for() -> None:
    assert passed(*([0.1] * PASSES), *([0.4] * PASSES)).is_warm


def test_a_pass_that_fails_begins_anew() -> None:
    warmth = after(passed(*([0.1] * 2 * PASSES)), 0.0, "503 from GET /warm", is_refused=False)
    assert not warmth.is_warm and warmth.last == ()
    assert "503 from GET /warm" in warmth.detail


@given(st.lists(st.tuples(st.floats(0.0, 5.0), st.sampled_from(("", "404", "503"))), max_size=60))
def test_no_passes_are_warm_before_enough_of_them_went_well(passes: list[tuple[float, str]]) -> None:
    warmth, well = Warmth(), 0
    for seconds, problem in passes:
        warmth = after(warmth, seconds, problem, is_refused=problem == "404")
        well = 0 if problem else well + 1
        assert warmth.is_warm <= (well >= 2 * PASSES)


def test_it_ends_by_number_and_by_refusals() -> None:
    assert replace(Warmth(), passes=PASSES_MAX).is_over
    refused = Warmth()
    for _ in range(REFUSALS_MAX):
        assert not refused.is_over
        refused = after(refused, 0.0, "404 from GET /warm", is_refused=True)
    assert refused.is_over


def test_nobody_there_is_told_after_its_time() -> None:
    wish = WarmUp(requests=("GET /warm",), within=0.6)
    told: list[str] = []
    made = warm_up(here(free_port()), wish, protocol="http1", clock=WallClock(), tell=told.append)
    assert "refused connection" in asyncio.run(made)
    assert told[0].startswith("warming up: 1 pass, refused connection")


def warmed(revision: Revision, *requests: str) -> Revision:
    warm = {"requests": list(requests), "within": 20.0 if "GET /warm" in requests else 1.0}
    return replace(revision, health={**revision.health, "warm_up": warm})


def count(address: str) -> int:
    with urllib.request.urlopen(f"http://{address}/warmed", timeout=10.0) as answer:
        return int(json.load(answer)["count"])


@pytest.mark.real
class TestReplicas:
    def test_are_ready_once_answers_are_fast_and_a_restart_is_not_waited_for(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform, revision = stand.platform(), warmed(stand.revision("1.0"), "GET /warm")
            await platform.prepare(revision, generation=1)
            await platform.scale(revision, 1, generation=2)
            await until(stand, platform, lambda fleet: "warming up" in fleet.replicas[0].detail)
            fleet = await until(stand, platform, ready(1))
            first = count(fleet.replicas[0].address)
            assert first >= 3 * PASSES, "five passes are slow, five are less so, five are fast"
            await stand.kill(fleet.replicas[0])
            fleet = await until(stand, platform, lambda f: f.replicas[0].ready and f.replicas[0].restarts == 1)
            assert count(fleet.replicas[0].address) == 0

        stand.run(scenario())

    def test_that_do_not_get_warm_say_why(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform, revision = stand.platform(), warmed(stand.revision("1.0"), "GET /warmed", "POST /none")
            await platform.prepare(revision, generation=1)
            await platform.scale(revision, 1, generation=2)
            fleet = await until(stand, platform, lambda fleet: fleet.replicas[0].cold)
            [replica] = fleet.replicas
            assert not replica.ready
            assert replica.cold.startswith("501 from POST /none (") and replica.cold.endswith("in 1 s at most)")

        stand.run(scenario())

    def test_need_no_warm_up_by_default(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            _, _, fleet = await Scenes.started(stand, 1)
            assert fleet.replicas[0].cold == "" and count(fleet.replicas[0].address) == 0

        stand.run(scenario())
