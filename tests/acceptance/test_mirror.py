"""Copies of real requests find a bad version before any user has met it."""

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand, on_a_stand
from acceptance.test_evidence import APP, taken_back
from shipway.model.event import RunStarted, StageEntered

COPIED = {
    "platform": {"process": {"replicas": 1}},
    "traffic": {"envoy": {"mirror": "100%", "mirror_for": "60s"}},
    "canary": {"stages": ["30%", "100%"], "bake": "60s", "sticky": None},
    "guard": {"success_rate": None, "no_data": "go"},
    "rollback": {"window": "0s"},
    "drain": "1s",
}


@on_a_stand(**COPIED)
async def test_a_version_that_fails_on_copies_is_taken_back_and_no_user_met_it(stand: Stand) -> None:
    stand.command(APP)
    await stand.ship_first("1.8.2")
    users = stand.users(rate=160.0, connections=10)
    stand.environment(FAILS="0.5")
    await stand.submit("1.9.0", strategy="canary")
    assert "copied requests: candidate errors" in await taken_back(stand)
    events = await stand.events((RunStarted, StageEntered))
    assert isinstance(events[-1], RunStarted), "the run left its first row backwards only"
    counts = await nothing_was_lost(users)
    assert not any(counts.failed.values())
