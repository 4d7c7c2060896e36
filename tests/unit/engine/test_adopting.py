"""A number of replicas that other hands changed in a release whose file says `drift: adopt`."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from shipway.engine.adopting import adopted, refusal
from shipway.engine.fold import fold
from shipway.engine.obey import obey
from shipway.engine.state import Run, ServiceState
from shipway.engine.world import World
from shipway.model.command import Deploy, Request, SetReplicas
from shipway.model.event import DriftAdopted, DriftSeen, Entry, Event, Proven, StageEntered
from shipway.model.fleet import Fleet, Replica, Scaled
from shipway.model.observed import Observed
from shipway.model.policy import Rollback
from shipway.model.release import Canary, Release
from shipway.model.revision import Revision, RevisionId
from shipway.model.share import Share
from shipway.simulation.ending import violations_of
from shipway.simulation.faults import Faults
from shipway.simulation.scenario import Asked, Scenario

V1, V2 = RevisionId("v1"), RevisionId("v2")
WHAT = "kubectl scaled it"
REVISIONS = {name: Revision(id=name, service="checkout", version=name, platform={}) for name in (V1, V2)}


def release(revision: RevisionId, drift: str = "adopt") -> Release:
    """Four replicas; the new version gets a fourth of the users first."""
    return Release(
        service="checkout",
        revision=revision,
        strategy="canary",
        replicas=4,
        canary=Canary(shares=(Share(25_000), Share(100_000)), bake=5.0),
        rollback=Rollback(window=0.0),
        drift=drift,
    )


def during(drift: str = "adopt") -> ServiceState:
    """At the stage with one new replica beside four."""
    state = fold(ServiceState(service="checkout"), [Entry(1, 0.0, Proven(revision=V1))])
    state = replace(state, replicas=4)
    request = Request(id=1, service="checkout", at=1.0, by="ana", command=Deploy(release=release(V2, drift)))
    state = told(state, obey(state, request, REVISIONS))
    run = running(state)
    row = next(n for n, stage in enumerate(run.plan.stages) if stage.capacity.get(V2) == 1 and stage.route.shares)
    return told(state, [StageEntered(row=max(row, 1), rule="asked")]) if row != run.row else state


def told(state: ServiceState, events: Sequence[Event]) -> ServiceState:
    entries = [Entry(state.position + number, 1.0, event) for number, event in enumerate(events, start=1)]
    return fold(state, entries)


def running(state: ServiceState) -> Run:
    assert state.run is not None
    return state.run


def world(state: ServiceState, scaled: Scaled, *replicas: Replica) -> World:
    fleet = Fleet(at=1.0, replicas=replicas, foreign=(scaled.what,), scaled=(scaled,))
    run = running(state)
    return World(Observed(at=1.0, fleet=fleet), run.stage, limits=run.plan.limits)


def scaled(now: int, revision: RevisionId | None = V1) -> Scaled:
    return Scaled(what=WHAT, now=now, by="kubectl", revision=revision)


@pytest.mark.parametrize(("number", "revision", "size"), [(5, V1, 5), (8, V1, 8), (2, V2, 5), (4, V1, 4)])
def test_more_replicas_are_the_service_from_now_on(number: int, revision: RevisionId | None, size: int) -> None:
    state = during()
    found = adopted(running(state), world(state, scaled(number, revision)), [WHAT])
    assert found == DriftAdopted(what=WHAT, by="kubectl", replicas=size)
    state = told(state, [DriftSeen(what=WHAT), found])
    run = running(state)
    assert (run.drift, run.accepted, run.plan.limits.replicas, state.replicas) == ((), (WHAT,), size, size)
    assert revision is not None
    assert run.stage.capacity[revision] == number
    assert run.adopted == f"{size} replicas, as kubectl said"


@pytest.mark.parametrize(
    ("number", "revision", "why"),
    [
        (3, V1, "the traffic was planned for 4 replicas, and this makes 3"),
        (0, V1, "at no size of the service has this stage 0 of them"),
        (9, V1, "this makes 9 replicas, more than 2 times the 4 that were planned"),
        (3, V2, "this makes 9 replicas, more than 2 times the 4 that were planned"),
        (6, None, "two versions share this number, and the newer one would get all that is more"),
    ],
)
def test_what_the_plan_does_not_carry_is_not_adopted_and_says_why(
    number: int, revision: RevisionId | None, why: str
) -> None:
    state = during()
    seen = world(state, scaled(number, revision))
    assert adopted(running(state), seen, [WHAT]) is None
    assert refusal(running(state), seen, WHAT) == f"not adopted: {why}"


def test_a_number_of_all_replicas_is_that_of_the_version_that_has_them() -> None:
    state = during()
    last = told(state, [StageEntered(row=len(running(state).plan.stages) - 1, rule="asked")])
    found = adopted(running(last), world(last, scaled(6, None)), [WHAT])
    assert found == DriftAdopted(what=WHAT, by="kubectl", replicas=6)


def test_a_number_of_any_size_is_judged_at_once() -> None:
    state, number = during(), 2_147_483_647
    said = refusal(running(state), world(state, scaled(number)), WHAT)
    assert said.startswith(f"not adopted: this makes {number} replicas, more than 2 times the 4")


def test_what_is_no_number_of_replicas_is_not_adopted() -> None:
    state = during()
    seen = world(state, scaled(5))
    assert adopted(running(state), seen, ["the image was swapped"]) is None
    said = refusal(running(state), seen, "the image was swapped")
    assert said == "not adopted: only the number of a version's replicas can be"


def test_while_shipway_drains_some_itself_a_number_says_nothing() -> None:
    state = during()
    draining = Replica(id="a", revision=V1, address="a:1", alive=True, ready=True, draining_since=0.5)
    assert "itself just now" in refusal(running(state), world(state, scaled(5), draining), WHAT)


@pytest.mark.parametrize("drift", ["hold", "revert"])
def test_where_the_file_does_not_say_so_nothing_is_adopted(drift: str) -> None:
    state = during(drift)
    seen = world(state, scaled(5))
    assert adopted(running(state), seen, [WHAT]) is None
    assert not refusal(running(state), seen, WHAT)


def test_after_a_person_has_scaled_that_is_what_was_planned() -> None:
    state = during()
    wish = Request(id=2, service="checkout", at=2.0, by="ana", command=SetReplicas(replicas=6))
    state = told(state, obey(state, wish, REVISIONS))
    assert "planned for 6 replicas" in refusal(running(state), world(state, scaled(5)), WHAT)


@pytest.mark.parametrize(("more", "replicas"), [(2, 6), (9, None), (-1, None)])
def test_a_release_goes_on_with_what_was_adopted_or_is_held(more: int, replicas: int | None) -> None:
    """The whole engine over simulated ports, and every rule that it keeps."""
    outcome, violations = violations_of(
        Scenario(
            revisions=tuple(REVISIONS.values()),
            asked=(
                Asked(at=1.0, command=Deploy(release=release(V1))),
                Asked(at=60.0, command=Deploy(release=release(V2))),
            ),
            faults=Faults(foreign_scales=((70.0, more),), until=80.0),
            stop_when_held=60.0,
        )
    )
    assert violations == ()
    found = [entry.event for entry in outcome.entries if isinstance(entry.event, DriftAdopted)]
    assert [event.replicas for event in found] == ([replicas] if replicas else [])
    if replicas:
        assert outcome.state.run is None and outcome.replicas == {V2: replicas}
    else:
        run = running(outcome.state)
        assert run.hold is not None and "not adopted" in run.hold.reason
