"""Where each node has a replica, the nodes say how many there are: in releases and at rest, from day one."""

import pytest
from msgspec.structs import replace

from shipway.engine.following import resized
from shipway.engine.obey import obey
from shipway.engine.state import ServiceState
from shipway.engine.world_of import world_of
from shipway.model.command import Deploy, Request, SetReplicas
from shipway.model.event import Proven, Resized, StageSettled
from shipway.model.fleet import Fleet, Scaled
from shipway.model.observed import Observed
from shipway.model.release import Chosen, Rolling
from unit.engine.test_adopting import REVISIONS, V1, V2, release, running, told

NODES = "the cluster's nodes"
ON_NODES = Chosen(name="kubernetes", options={"update": {"kind": "DaemonSet"}})


def seen(state: ServiceState, now: int) -> list[Resized]:
    found = (Scaled(what="", now=now, by=NODES, is_automatic=True),)
    return list(resized(state, world_of(state, Observed(at=1.0, fleet=Fleet(at=1.0, scaled=found)))))


def asked(state: ServiceState) -> ServiceState:
    wanted = replace(
        release(V2), strategy="rolling", platform=ON_NODES, replicas=1, rolling=Rolling(batches=4), canary=None
    )
    request = Request(id=1, service="checkout", at=1.0, by="ana", command=Deploy(release=wanted))
    return told(state, obey(state, request, REVISIONS))


def during() -> ServiceState:
    """With the new version on one of four nodes."""
    state = told(ServiceState(service="checkout"), [Proven(revision=V1)])
    return asked(replace(state, replicas=4))


@pytest.mark.parametrize(("now", "counts"), [(6, {V1: 4, V2: 2}), (3, {V1: 2, V2: 1}), (1, {V2: 1})])
def test_in_a_release_they_are_followed_both_ways(now: int, counts: dict[str, int]) -> None:
    assert running(during()).stage.capacity == {V1: 3, V2: 1}
    (found,) = seen(during(), now)
    assert found == Resized(replicas=now, by=NODES)
    state = told(during(), [found])
    assert running(state).stage.capacity == counts and seen(state, now) == []


def test_the_first_deployment_has_as_many_as_there_are() -> None:
    state = asked(ServiceState(service="checkout"))
    (found,) = seen(state, 3)
    assert running(told(state, [found])).plan.stages[-1].capacity == {V2: 3}
    assert seen(state, 0) == []


def test_nodes_that_come_and_go_give_a_stage_that_is_not_reached_no_more_time() -> None:
    state = during()
    resizing = Resized(replicas=5, by=NODES)
    entered = replace(state, run=replace(running(state), entered_at=0.25))
    assert running(told(entered, [resizing])).entered_at == 0.25
    settled = told(entered, [StageSettled(row=1)])
    assert running(told(settled, [resizing])).entered_at == 1.0


def test_nobody_else_says_how_many_there_are() -> None:
    request = Request(id=2, service="checkout", at=1.0, by="ana", command=SetReplicas(replicas=9))
    (read,) = obey(during(), request, REVISIONS)
    assert "one replica on each node" in str(read)


def test_what_an_autoscaler_makes_of_all_versions_together_is_followed_upwards_alone() -> None:
    state = during()
    run = running(state)
    plain = replace(run, plan=replace(run.plan, limits=replace(run.plan.limits, per_node=False)))
    limits = replace(state.limits, per_node=False)
    scaled = replace(state, run=plain, limits=limits)
    assert seen(scaled, 9) == [Resized(replicas=9, by=NODES)]
    assert seen(scaled, 3) == []
