"""A version that turns bad once it has all traffic: the guard is armed until the rollback window closes."""

from acceptance.stand import Stand, on_a_stand
from acceptance.test_evidence import shipped, taken_back
from shipway.model.event import WentBack

CANARY = {
    "platform": {"process": {"replicas": 1}},
    "canary": {"stages": ["50%", "100%"], "bake": "5s", "sticky": None},
    "guard": {"success_rate": None, "no_data": "go"},
    "rollback": {"window": "10m"},
    "drain": "1s",
}


async def turns_bad_after_promotion(stand: Stand) -> str:
    """Its own fault, from when it was promoted; what the run says when it goes back."""
    switch = stand.folder / "switch"
    await shipped(stand, {"SHARED": str(switch)})
    await stand.until(lambda state: bool(state.run and state.run.stage.name == "window"), "it is promoted")
    assert await stand.events(WentBack) == []
    switch.touch()
    return await taken_back(stand)


@on_a_stand(**CANARY)
async def test_it_is_compared_with_what_the_version_before_it_answered(stand: Stand) -> None:
    reason = await turns_bad_after_promotion(stand)
    assert "before it lost its traffic" in reason, reason


@on_a_stand(**(CANARY | {"guard": {"success_rate": ">= 99%", "no_data": "go"}}))
async def test_a_limit_is_judged_at_once(stand: Stand) -> None:
    reason = await turns_bad_after_promotion(stand)
    assert "breaks its limit" in reason, reason
