"""Real hooks along a real release: they know where it stands, and what accompanies a stage ends with it."""

from pathlib import Path

import psutil

from acceptance.stand import Stand, on_a_stand
from shipway.model.command import Back
from shipway.model.event import HookAnswered

TELL = 'echo "$SHIPWAY_HOOK $SHIPWAY_ROW $SHIPWAY_SHARE $SHIPWAY_VERSION" >> told'
ALONG = f"{TELL}; exec sleep 987.65"


def told(stand: Stand) -> list[str]:
    return (stand.folder / "told").read_text().splitlines()


def along() -> list[int]:
    return [one.pid for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == ["sleep", "987.65"]]


@on_a_stand(
    blue_green={"bake": "10m"},
    hooks={"before_stage": TELL, "during_stage": ALONG, "on_rollback": [f"{TELL}; exit 3", TELL]},
)
async def test_a_release_calls_its_hooks_and_its_take_back_too(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    (stand.folder / "told").unlink()
    load = stand.users()
    await stand.submit("1.9.0", strategy="blue-green")
    await stand.reached(2)
    await stand.eventually(lambda: is_told(stand, "during_stage 2 100 1.9.0"), "the second stage has its company")
    assert len(along()) == 1
    await stand.ask(Back(stage=0, reason="enough"))
    assert (await stand.ended()).outcome == "rolled-back"
    assert told(stand)[:3] == [
        "before_stage 1 0 1.9.0",
        "before_stage 2 100 1.9.0",
        "during_stage 2 100 1.9.0",
    ]
    assert [line.split()[0] for line in told(stand)[3:]] == ["on_rollback", "on_rollback"]
    assert along() == []
    answers = [event.passed for event in await stand.events(HookAnswered) if isinstance(event, HookAnswered)]
    assert answers[-2:] == [False, True]
    assert not (await load.stop()).lost


async def is_told(stand: Stand, line: str) -> bool:
    return Path(stand.folder / "told").exists() and line in told(stand)
