"""Features that are shown step by step once their code is live: real replicas, requests, and file of flags."""

from pathlib import Path

from msgspec.structs import replace

from acceptance.stand import Stand, on_a_stand
from shipway.flags.load import load
from shipway.flags.model import Flag
from shipway.flags.source import FileSource
from shipway.model.command import Deploy, Promote
from shipway.model.event import DriftSeen, StageEntered, WentBack
from shipway.model.past import Past
from shipway.model.release import Ramp
from shipway.model.share import TOTAL, Share
from shipway.wishing import wished

APP = str(Path(__file__).parent / "flag_app.py")
FLAG = "new-cart"
SHORT = {
    "platform": {"process": {"replicas": 1}},
    "flags": {"file": "flags.yaml", "ramps": {FLAG: {"to": ["20%", "50%", "100%"], "bake": "3s"}}},
    "guard": {"success_rate": None, "no_data": "go"},
    "rollback": {"window": "0s"},
    "drain": "1s",
}
LONG = {**SHORT, "flags": {"file": "flags.yaml", "ramps": {FLAG: {"to": ["50%", "100%"], "bake": "90s"}}}}


def written(stand: Stand) -> Flag:
    return load(stand.folder / "flags.yaml").features[FLAG]


async def shipped(stand: Stand, **behaviour: str) -> None:
    """Users are on the first version, and one whose code has the feature is on its way."""
    (stand.folder / "flags.yaml").write_text(f"features:\n  {FLAG}:  # of the shop\n    enabled: false\n")
    stand.command(APP, FLAGS=str(stand.folder / "flags.yaml"), **behaviour)
    ramps, stand.wish["flags"] = stand.wish["flags"], {}
    await stand.ship_first("1.8.2")
    stand.wish["flags"] = ramps
    stand.users(rate=120.0, connections=20)
    await stand.submit("1.9.0")


async def is_over(stand: Stand) -> Past:
    state = await stand.until(lambda state: state.run is None and len(state.past) > 1, "the run ends")
    return state.past[-1]


@on_a_stand(**SHORT)
async def test_a_feature_is_shown_to_more_and_more_users_and_then_to_all(stand: Stand) -> None:
    await shipped(stand)
    past = await is_over(stand)
    assert (past.outcome, await stand.events(WentBack)) == ("finished", []), past
    entered = [event for event in await stand.events(StageEntered) if isinstance(event, StageEntered)]
    assert [event.row for event in entered][-4:] == [2, 3, 4, 5]
    flag = written(stand)
    assert flag.enabled and flag.rollout.share == TOTAL
    assert "# of the shop" in (stand.folder / "flags.yaml").read_text()
    await the_same_file_again_moves_no_flag(stand)


async def the_same_file_again_moves_no_flag(stand: Stand) -> None:
    """The next version has the feature too, and all users see it already."""
    await stand.ship("1.9.1")
    assert written(stand).rollout.share == TOTAL


@on_a_stand(**LONG)
async def test_a_feature_that_hurts_is_taken_from_everybody_and_its_code_stays(stand: Stand) -> None:
    await shipped(stand, SHOWN_FAILS="0.5")
    state = await stand.until(lambda state: bool(state.run and state.run.hold), "it is held")
    assert state.run is not None and state.run.hold is not None
    assert f"users with {FLAG} against users without" in state.run.hold.reason
    assert state.run.stage.route.shares == {state.run.plan.candidate: TOTAL}
    assert not written(stand).enabled
    stand.environment(FLAGS=str(stand.folder / "flags.yaml"))
    await stand.submit("1.9.1")
    await stand.until(lambda state: bool(state.run and state.run.stage.ramp), "the repaired version ramps")
    await a_kill_is_never_overruled(stand)


async def a_kill_is_never_overruled(stand: Stand) -> None:
    """Somebody kills the flag by hand: the run is held, and going on anyhow does not bring it back."""
    await stand.until(lambda state: bool(state.run and state.run.settled_at), "it is shown")
    FileSource(stand.folder / "flags.yaml").write({("features", FLAG, "kill"): "true"})
    await stand.until(lambda state: bool(state.run and state.run.drift), "the kill is noticed")
    assert any(
        "shown to 0%" in event.what for event in await stand.events(DriftSeen) if isinstance(event, DriftSeen)
    )
    await stand.ask(Promote())
    assert written(stand).is_killed


@on_a_stand(**SHORT)
async def test_a_ramp_of_its_own_that_hurts_ends_where_it_began(stand: Stand) -> None:
    stand.wish["flags"] = {"file": "flags.yaml", "ramps": {FLAG: {}}}
    await shipped(stand, SHOWN_FAILS="0.5")
    await is_over(stand)
    _, release = wished(stand.home, stand.loaded, "1.9.0", strategy=None)
    ramp = Ramp(flag=FLAG, shares=(Share(50_000), TOTAL), bake=90.0)
    await stand.ask(Deploy(release=replace(release, strategy="flag-ramp", ramps=(ramp,))))
    state = await stand.until(lambda state: state.run is None and len(state.past) == 3, "the ramp ends")
    assert state.past[-1].outcome == "rolled-back"
    assert not written(stand).enabled and state.proven == release.revision
