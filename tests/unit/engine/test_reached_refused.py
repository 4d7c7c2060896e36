"""What the platform refused is part of what keeps a stage from being reached."""

import pytest

from kernel import V2, plan_of, replica, seen, world
from shipway.engine.fold import fold
from shipway.engine.reached import missing
from shipway.engine.state import ServiceState
from shipway.engine.world_of import world_of
from shipway.errors import PortError
from shipway.model.action import Scale
from shipway.model.event import Entry, Failed, Intended, RunStarted, StageEntered
from shipway.model.fleet import Replica

KEY = f"capacity:{V2}"
FULL = PortError(
    "Docker refused to create checkout-1",
    where="unix:///var/run/docker.sock",
    why="mkdir /var/lib/docker/1: no space left on device.",
    fix="Correct what it names.",
)


def told(error: str, *replicas: Replica) -> str:
    """Of a run in its first stage, whose last attempt to have replicas failed so."""
    plan = plan_of("canary")
    events = [
        RunStarted(plan=plan, by="test"),
        StageEntered(row=1, rule="stayed"),
        Intended(key=KEY, action=Scale(V2, 1)),
        Failed(key=KEY, generation=3, error=error),
    ]
    entries = (Entry(position, 0.0, event) for position, event in enumerate(events, start=1))
    state = fold(ServiceState(service="checkout"), entries)
    return missing(plan, plan.stages[1], world_of(state, seen(replicas, {})))


@pytest.mark.parametrize(
    ("error", "detail", "why"),
    [
        (str(FULL), "", f"{FULL.what}: mkdir /var/lib/docker/1: no space left on device"),
        (str(FULL), "Docker does not run it", f"Docker does not run it; {FULL.what}: {FULL.why[:-1]}"),
        (str(FULL), f"Docker does not run it: {FULL.why[:-1]}", f"Docker does not run it: {FULL.why[:-1]}"),
        ("Docker does not answer", "", "Docker does not answer"),
    ],
)
def test_what_the_platform_refused_is_told_once_beside_what_is_seen(error: str, detail: str, why: str) -> None:
    there = (replica(V2, 1, ready=False, ready_since=None, detail=detail),) if detail else ()
    assert told(error, *there) == f"0 of 1 replicas are ready ({why})"


def test_without_a_failure_only_what_is_seen_is_told() -> None:
    plan = plan_of("canary")
    there = seen((replica(V2, 1, ready=False, ready_since=None, detail="starting"),), {})
    assert missing(plan, plan.stages[1], world(there, plan.stages[1])) == "0 of 1 replicas are ready (starting)"
