"""While a hook has not agreed to a stage, users are divided as before, and so they are judged."""

import asyncio

from msgspec.structs import replace

from kernel import NOW, plan_of
from shipway.engine import guard, hooks
from shipway.engine.guard import Evidence
from shipway.engine.state import Asked, Run
from shipway.model.hook import BEFORE_SWITCH, Hook, Hooks
from unit.engine.test_first_bad_response import Source

SWITCH = Hook(moment=BEFORE_SWITCH, kind="simulated", target="no", timeout=15.0)
PLAN = replace(plan_of("canary"), hooks=Hooks(calls=(SWITCH,)))
RUN = Run(id=1, plan=PLAN, by="test", started_at=NOW, row=PLAN.promoted - 1)


def test_history_is_not_compared_with_before_the_switch_is_agreed_to() -> None:
    source, evidence = Source(0.0), Evidence()
    held = replace(RUN, row=PLAN.promoted)
    agreed = replace(held, hooks={hooks.key(PLAN.promoted, 0): Asked(at=NOW, passed=True)})
    stages = []
    for second, run in enumerate((RUN, held, agreed)):
        source.seconds = float(second)
        evidence = asyncio.run(guard.look(evidence, run, source, now=NOW + second))
        assert evidence.tally.spell is not None
        stages.append(evidence.tally.spell.is_alone)
    assert stages == [False, False, True]
