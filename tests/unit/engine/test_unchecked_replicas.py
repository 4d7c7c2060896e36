"""A data plane without checks of its own learns from our probes who gets requests."""

import pytest
from msgspec.structs import replace

from kernel import V1, endpoints, replicas, seen, stage, world
from shipway.engine.converge import converge
from shipway.model.action import Publish
from shipway.model.fleet import Replica


def published(fleet: tuple[Replica, ...], *, has_checks: bool) -> list[Publish]:
    """What is told when all four of a version were known, and these are there now."""
    observed = seen(fleet, {V1: 100}, known=endpoints(replicas(V1, 4)))
    assert observed.routing is not None
    observed = replace(observed, routing=replace(observed.routing, has_checks=has_checks))
    return [one for one in converge(world(observed, stage({V1: 4}, {V1: 100}))) if isinstance(one, Publish)]


@pytest.mark.parametrize("has_checks", [True, False])
def test_nothing_is_told_while_all_are_ready(has_checks: bool) -> None:
    assert published(replicas(V1, 4), has_checks=has_checks) == []


def test_one_that_is_not_ready_is_taken_out_by_those_who_do_not_see_it_themselves() -> None:
    first, *others = replicas(V1, 4)
    fleet = (replace(first, ready=False), *others)
    assert published(fleet, has_checks=True) == []
    (told,) = published(fleet, has_checks=False)
    assert [one.address for one in told.endpoints if one.draining] == [first.address]
    assert len(told.endpoints) == 4
