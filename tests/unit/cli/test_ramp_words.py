"""A ramp of its own is told as one: nothing of a version that would have been taken back."""

import pytest
from msgspec.structs import replace

from kernel import V1, V2, plan_of, release
from shipway.cli.render.events import sentence
from shipway.cli.render.outcome import lines
from shipway.cli.render.paint import Paint
from shipway.cli.shell.following import Followed
from shipway.errors import Exit
from shipway.model.event import Recovered, RunStarted, StageEntered
from shipway.model.plan import Plan
from shipway.model.release import Ramp
from shipway.model.share import TOTAL, Share
from shipway.planning.facts import Facts
from shipway.planning.plan import FLAG_RAMP, plan

RAMP = Ramp(flag="cart", shares=(Share(5_000), TOTAL), bake=60.0)


def alone() -> Plan:
    return plan(release(FLAG_RAMP, ramps=(RAMP,)), Facts(base=V2, replicas=4, carries={V2: ("cart",)}))


def test_events_speak_of_the_flag() -> None:
    begun = RunStarted(plan=alone(), by="ana", command=1)
    assert sentence(begun, alone()) == "ramp begins: cart on v2, 2 stages"
    assert sentence(StageEntered(row=1, rule=""), alone()) == "→ stage 1, cart 5% (5% of users see it)"
    assert "cart is down" in sentence(Recovered(), alone())
    behind = plan_of("canary", ramps=(RAMP,))
    assert "v1 → v2 by canary" in sentence(replace(begun, plan=behind), behind)


@pytest.mark.parametrize(
    ("code", "outcome", "said"),
    [
        (Exit.DONE, "finished", "cart is shown as asked."),
        (Exit.ROLLED_BACK, "rolled-back", "cart was taken from all users, and v2 stays: errors."),
    ],
)
def test_the_end_says_what_became_of_the_flag(code: Exit, outcome: str, said: str) -> None:
    followed = Followed(plan=alone(), outcome=outcome, reason="errors", turned_at=1.0, recovered_at=1.25)
    told = " ".join(line.strip() for line in lines(followed, code, Paint()))
    assert said in told and V1 not in told
    assert ("Verdict to the flag down: 0.2 s." in told) == (code is Exit.ROLLED_BACK)
