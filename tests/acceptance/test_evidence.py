"""Verdicts on real counts: candidates that fail, are slow, hang, or only look bad, behind a real Envoy."""

import asyncio
import re
from pathlib import Path

from acceptance.stand import HOST, Stand, on_a_stand
from contract.backends import ask_many
from shipway.adapters.traffic.envoy.places import Home as EnvoyHome
from shipway.model.event import Judged, StageEntered, WentBack
from shipway.model.past import Past
from shipway.model.verdict import Kind

APP = str(Path(__file__).parent / "evidence_app.py")
CANARY = {
    "platform": {"process": {"replicas": 1}},
    "canary": {"stages": ["30%", "100%"], "bake": "60s", "sticky": None},
    "guard": {"success_rate": None, "no_data": "go"},
    "rollback": {"window": "0s"},
    "drain": "1s",
}
CHOSEN = CANARY | {"canary": {**CANARY["canary"], "users_first": True, "users": {"header": {"canary": "true"}}}}  # type: ignore[dict-item]
SHORT = CANARY | {"canary": {"stages": ["30%", "100%"], "bake": "6s", "sticky": None}}


async def shipped(stand: Stand, candidate: dict[str, str], **stable: str) -> None:
    """The stable version serves its users, and a candidate is on its way."""
    stand.command(APP, **stable)
    await stand.ship_first("1.8.2")
    stand.users(rate=160.0, connections=40)
    await asyncio.sleep(1.0)
    stand.environment(**(stable | candidate))
    await stand.submit("1.9.0", strategy="canary")


async def taken_back(stand: Stand) -> str:
    """The reason for which the run goes back; users need not wait until all replicas are gone."""
    await stand.until(lambda state: bool(state.past[1:] or (state.run and state.run.back)), "it goes back")
    events = [event for event in await stand.events(WentBack) if isinstance(event, WentBack)]
    assert events, (await stand.state()).past
    return events[-1].reason


async def kinds(stand: Stand) -> set[Kind]:
    """All verdicts that were given."""
    return {event.verdict.kind for event in await stand.events(Judged) if isinstance(event, Judged)}


async def went_well(stand: Stand) -> Past:
    past = (await stand.until(lambda state: state.run is None and len(state.past) == 2, "the run ends")).past[-1]
    assert (past.outcome, await stand.events(WentBack)) == ("finished", []), past
    return past


@on_a_stand(**CANARY)
async def test_five_times_the_errors_go_back(stand: Stand) -> None:
    await shipped(stand, {"FAILS": "0.1"}, FAILS="0.02")
    assert re.match("candidate errors .* baseline", await taken_back(stand))


@on_a_stand(**CANARY)
async def test_twice_the_latency_goes_back(stand: Stand) -> None:
    """Slow enough that a busy machine does not make them alike."""
    await shipped(stand, {"MEDIAN_MS": "200"}, MEDIAN_MS="100")
    assert "slower than the baseline by more than 50%" in await taken_back(stand)


@on_a_stand(**CHOSEN)
async def test_a_candidate_that_fails_its_chosen_users_goes_back_before_others_meet_it(stand: Stand) -> None:
    await shipped(stand, {"FAILS": "0.5"})
    await stand.reached(1)

    async def has_gone_back() -> bool:
        await ask_many(f"{HOST}:{stand.port}", 20, canary="true")
        return bool(await stand.events(WentBack))

    await stand.eventually(has_gone_back, "it goes back")
    assert "candidate errors" in await taken_back(stand)
    of_both = [event.row for event in await stand.events(StageEntered) if isinstance(event, StageEntered)]
    assert of_both == [2], "the first version's stage of all users, and none of the candidate's"


@on_a_stand(**CANARY)
async def test_a_candidate_that_hangs_goes_back(stand: Stand) -> None:
    await shipped(stand, {"HANGS": "1"})
    reason = await taken_back(stand)
    assert "answers nothing" in reason or "requests hang" in reason


@on_a_stand(**SHORT)
async def test_a_candidate_that_is_merely_noisy_is_promoted(stand: Stand) -> None:
    """As bad as the stable version, and both are erratic."""
    await shipped(stand, {}, FAILS="0.05", SPREAD="1.2")
    await went_well(stand)


@on_a_stand(**(SHORT | {"guard": {"success_rate": ">= 99%", "no_data": "go"}}))
async def test_a_shared_dependency_that_fails_both_takes_nobody_back(stand: Stand) -> None:
    shared = stand.folder / "down"
    await shipped(stand, {}, SHARED=str(shared))
    await stand.reached(1)
    await asyncio.sleep(1.0)
    shared.touch()
    await asyncio.sleep(3.0)
    shared.unlink()
    await went_well(stand)


@on_a_stand(**SHORT)
async def test_metrics_that_vanish_in_the_middle_are_blindness_and_no_harm(stand: Stand) -> None:
    await shipped(stand, {})
    await stand.reached(1)
    socket = EnvoyHome(stand.home.path).socket
    away = socket.with_name("away.sock")
    socket.rename(away)
    await stand.eventually(lambda: is_blind(stand), "the guard says that it is blind")
    assert (await stand.state()).run is not None
    away.rename(socket)
    await went_well(stand)


async def is_blind(stand: Stand) -> bool:
    return Kind.BLIND in await kinds(stand)
