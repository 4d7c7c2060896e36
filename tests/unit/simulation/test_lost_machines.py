"""Machines that do not answer for a while, in the simulator."""

from dataclasses import replace

import pytest

from kernel import V1, V2, release
from shipway.engine.world import World
from shipway.model.command import Deploy
from shipway.model.revision import Revision
from shipway.simulation.copies import Copy
from shipway.simulation.ending import violations_of
from shipway.simulation.faults import Faults, Outage
from shipway.simulation.random_scenario import scenario_of
from shipway.simulation.rehearse import Circumstances, parse, rehearse
from shipway.simulation.scenario import Asked, Scenario
from shipway.simulation.simulate import Simulation

ON_SCHEMA = 575
"""A random scenario: a replica that was told to end is on a lost machine while a release moves the schema."""


@pytest.mark.parametrize("answers", [True, False])
def test_a_release_ends_well_whether_its_users_reach_what_is_lost_or_not(answers: bool) -> None:
    wishes = (release("rolling", revision=V1), release("rolling"))
    simulation = Simulation(
        Scenario(
            revisions=tuple(Revision(id=name, service="checkout", version=name, platform={}) for name in (V1, V2)),
            asked=tuple(Asked(at=300.0 * at, command=Deploy(release=wish)) for at, wish in enumerate(wishes)),
            faults=Faults(outages=(Outage(start=301.0, end=360.0, machine=1, answers=answers),)),
            requests_per_second=20.0,
        )
    )
    seen = list[Copy]()
    simulation.timeline.at(330.0, lambda: seen.extend(map(replace, simulation.platform.copies.values())))
    outcome = simulation.play()
    lost = [copy for copy in seen if copy.lost_since == 301.0]
    assert {copy.machine for copy in lost} == {1} and all(copy.is_ready == answers for copy in lost)
    assert all(copy.machine != 1 for copy in seen if copy.revision == V2), "nothing is started there"
    assert outcome.state.past[-1].outcome == "finished" and not outcome.violations
    assert all(copy.lost_since is None for copy in simulation.platform.copies.values())


def test_one_that_may_live_keeps_the_schema_from_what_would_break_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it is of a version that the release knows nothing of."""
    _, found = violations_of(scenario_of(ON_SCHEMA))
    assert found == ()
    monkeypatch.setattr(World, "given_up", lambda world, revision: ())
    _, found = violations_of(scenario_of(ON_SCHEMA))
    assert [one.rule for one in found] == ["a revision serves only on its schema"]


def test_it_can_be_rehearsed() -> None:
    base, new = (Revision(id=name, service="checkout", version=name, platform={}) for name in (V1, V2))
    lost, well = (
        rehearse(release("rolling"), new, parse(fault), base=base, given=Circumstances(start=70.0))
        for fault in ("machine-lost=200s", "none")
    )
    assert lost.outcome == well.outcome == "finished" and lost.seconds > well.seconds, lost.lines
