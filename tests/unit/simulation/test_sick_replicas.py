"""Replicas whose health fails while they serve, in the simulator."""

from collections.abc import Mapping

from kernel import V1, V2, release
from shipway.model.command import Deploy
from shipway.model.event import WentBack
from shipway.model.revision import Revision, RevisionId
from shipway.simulation.faults import Code
from shipway.simulation.rehearse import Circumstances, parse, rehearse
from shipway.simulation.scenario import Asked, Scenario
from shipway.simulation.simulate import Outcome, simulate

AILS = Code(ill_every=5.0, ill_seconds=300.0)


def played(codes: Mapping[RevisionId, Code]) -> Outcome:
    """A canary of v2 after v1."""
    wishes = (release("rolling", revision=V1), release("canary"))
    return simulate(
        Scenario(
            revisions=tuple(Revision(id=name, service="checkout", version=name, platform={}) for name in (V1, V2)),
            asked=tuple(Asked(at=300.0 * at, command=Deploy(release=wish)) for at, wish in enumerate(wishes)),
            codes=codes,
            requests_per_second=20.0,
            stop_when_held=60.0,
        )
    )


def test_a_candidate_is_taken_back_whose_health_fails() -> None:
    outcome = played({V2: AILS})
    assert outcome.state.past[-1].outcome == "rolled-back" and not outcome.violations
    [back] = [entry.event for entry in outcome.entries if isinstance(entry.event, WentBack)]
    assert "health fails on" in back.reason


def test_a_short_illness_takes_nothing_back() -> None:
    outcome = played({V2: Code(ill_every=60.0, ill_seconds=3.0)})
    assert outcome.state.past[-1].outcome == "finished" and not outcome.violations


def test_it_can_be_rehearsed() -> None:
    base, new = (Revision(id=name, service="checkout", version=name, platform={}) for name in (V1, V2))
    found = rehearse(release("canary"), new, parse("health-fails=300s"), base=base, given=Circumstances())
    assert found.outcome == "rolled-back" and any("health fails on" in line.text for line in found.lines)
