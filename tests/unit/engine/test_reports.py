"""Harm that somebody reports takes a release back as the guard's own verdict would, and says who said it."""

import pytest
from msgspec.structs import replace

from kernel import HEALTHY, NOW, V1, plan_of
from shipway.engine.fold import fold
from shipway.engine.obey import obey
from shipway.engine.reports import REPORTS_MAX, with_reports
from shipway.engine.state import Run, ServiceState
from shipway.model.command import Command, Deploy, ReportHarm, Request, Resume
from shipway.model.event import CommandRead, Entry, Event, Proven, RunStarted, StageEntered, WentBack
from shipway.model.release import Canary, Release
from shipway.model.revision import Revision, RevisionId
from shipway.model.share import TOTAL, Share
from shipway.model.verdict import Severity
from shipway.simulation.scenario import Asked, Scenario
from shipway.simulation.simulate import Outcome, simulate


def after(state: ServiceState, *events: Event) -> ServiceState:
    for event in events:
        state = fold(state, [Entry(state.position + 1, NOW, event)])
    return state


def asked(state: ServiceState, command: Command) -> ServiceState:
    request = Request(id=state.read + 1, service="checkout", at=NOW, by="ana@build-7", command=command)
    return after(state, *obey(state, request, {}))


def releasing() -> ServiceState:
    begun = RunStarted(plan=plan_of("canary"), by="ana")
    return after(ServiceState(service="checkout"), Proven(revision=V1), begun, StageEntered(row=2, rule="stayed"))


def run_of(state: ServiceState) -> Run:
    assert state.run is not None
    return state.run


def report(severity: Severity, *, by: str = "") -> ReportHarm:
    return ReportHarm(severity=severity, reason="orders are charged twice", by=by)


def test_a_report_is_a_verdict_that_says_who_said_it() -> None:
    state = asked(releasing(), report(Severity.HIGH, by="helpdesk"))
    verdict = with_reports(HEALTHY, run_of(state), now=NOW)
    assert verdict.severity == Severity.HIGH
    assert verdict.sentence == "helpdesk (by way of ana@build-7) reports harm: orders are charged twice"


def test_of_a_report_and_the_guard_the_worse_one_counts() -> None:
    state = asked(releasing(), report(Severity.LOW))
    worse = replace(HEALTHY, kind="harmful", severity=Severity.CRITICAL, sentence="5 times the errors")
    assert with_reports(worse, run_of(state), now=NOW) == worse


def test_low_harm_is_heeded_for_its_patience() -> None:
    run = run_of(asked(releasing(), report(Severity.LOW)))
    assert with_reports(HEALTHY, run, now=NOW + 60.0).severity == Severity.LOW
    assert with_reports(HEALTHY, run, now=NOW + run.plan.guard.low_patience) == HEALTHY


def test_the_same_report_again_is_one_report_and_there_is_a_limit() -> None:
    state = asked(asked(releasing(), report(Severity.MEDIUM)), report(Severity.MEDIUM))
    assert len(run_of(state).reports) == 1
    for number in range(2 * REPORTS_MAX):
        state = asked(state, report(Severity.MEDIUM, by=str(number)))
    assert len(run_of(state).reports) == REPORTS_MAX


def test_who_goes_on_has_overruled_it() -> None:
    state = asked(asked(releasing(), report(Severity.MEDIUM)), Resume())
    assert run_of(state).reports == ()


def test_without_a_release_it_is_refused_in_four_lines() -> None:
    state = after(ServiceState(service="checkout"), Proven(revision=V1))
    request = Request(id=1, service="checkout", at=NOW, by="ana", command=report(Severity.HIGH))
    [read] = obey(state, request, {})
    assert isinstance(read, CommandRead) and read.refused and read.why and read.fix


def played(severity: Severity, *more: Asked) -> Outcome:
    def release(name: str) -> Deploy:
        canary = Canary(shares=(Share(10_000), Share(50_000), TOTAL), bake=600.0)
        return Deploy(
            release=Release(
                service="checkout", revision=RevisionId(name), strategy="canary", replicas=2, canary=canary
            )
        )

    return simulate(
        Scenario(
            seed=3,
            revisions=tuple(
                Revision(id=RevisionId(name), service="checkout", version=name, platform={})
                for name in ("v1", "v2")
            ),
            asked=(
                Asked(at=0.0, command=release("v1")),
                Asked(at=60.0, command=release("v2")),
                Asked(at=300.0, command=report(severity)),
                *more,
            ),
            horizon=20_000.0,
        )
    )


def back(outcome: Outcome) -> tuple[float, WentBack] | None:
    turned = [(entry.at, entry.event) for entry in outcome.entries if isinstance(entry.event, WentBack)]
    return turned[0] if turned else None


@pytest.mark.parametrize(("severity", "rule"), [(Severity.CRITICAL, "critical"), (Severity.HIGH, "high")])
def test_grave_harm_goes_back_at_once(severity: Severity, rule: str) -> None:
    outcome = played(severity)
    turned = back(outcome)
    assert turned is not None and turned[0] < 305.0 and turned[1].rule == rule
    assert "reports harm: orders are charged twice" in outcome.state.past[-1].reason
    assert outcome.state.past[-1].outcome == "rolled-back"


def test_medium_harm_goes_back_after_its_patience_unless_somebody_goes_on() -> None:
    turned = back(played(Severity.MEDIUM))
    assert turned is not None and turned[1].rule == "medium" and 1190.0 < turned[0] < 1230.0
    overruled = played(Severity.MEDIUM, Asked(at=400.0, command=Resume()))
    assert back(overruled) is None and overruled.state.past[-1].outcome == "finished"


def test_low_harm_is_noted_and_stops_nothing() -> None:
    assert back(played(Severity.LOW)) is None
