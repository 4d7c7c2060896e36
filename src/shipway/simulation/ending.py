"""What must be true once the faults are over: every run ended, or waits for a person for a good reason."""

from collections.abc import Iterator, Sequence

from shipway.engine import hooks
from shipway.engine.fold import fold
from shipway.engine.following import with_more
from shipway.engine.state import Run, ServiceState
from shipway.model.event import Entry, Intended, RunStarted
from shipway.model.plan import Stage
from shipway.model.revision import RevisionId
from shipway.model.service_kind import ServiceKind
from shipway.model.share import NONE, TOTAL
from shipway.simulation.checker import Violation
from shipway.simulation.jobs_checker import LATE_SECONDS, is_of_jobs
from shipway.simulation.scenario import Scenario
from shipway.simulation.simulate import Outcome, Simulation, played

WAITS_FOR_A_PERSON = (
    "drift",
    "back-at-stage",
    "no-evidence",
    "no-jobs",
    "hook",
    "decision",
    "approval",
    "contract-asks",
)
"""Holds that by policy wait for somebody, whatever the world does."""


def violations_of(scenario: Scenario) -> tuple[Outcome, tuple[Violation, ...]]:
    """Play it: what became of it, and every rule that was broken on the way or at the end."""
    return judged(*played(scenario))


def judged(simulation: Simulation, outcome: Outcome) -> tuple[Outcome, tuple[Violation, ...]]:
    """The outcome of a simulation that was played, and every rule that it broke."""
    ends = tuple(Violation(outcome.ended_at, rule, what) for rule, what in _ending(simulation, outcome))
    return outcome, (*outcome.violations, *ends)


Broken = Iterator[tuple[str, str]]


def _ending(simulation: Simulation, outcome: Outcome) -> Broken:
    state = outcome.state
    yield from _hooks_come_first(outcome.entries)
    yield from _nothing_waits_forever(simulation, outcome)
    yield from _no_job_is_lost(simulation, outcome)
    if state.run is None or not (state.run.drift or hooks.first_ones(state.run)):
        yield from _no_black_hole(simulation)
        if state.run or state.is_overwriting or not simulation.platform.is_scaled:
            # At rest nothing that other hands changed is overwritten.
            yield from _it_is_as_wanted(simulation, state)


def _hooks_come_first(entries: Sequence[Entry]) -> Broken:
    """Nothing is begun for a stage before the hooks that come before it have agreed."""
    if not any(isinstance(e.event, RunStarted) and e.event.plan.hooks.calls for e in entries):
        return
    state = ServiceState(service="")
    for entry in entries:
        run = state.run
        waits = run is not None and run.back is None and not run.marks.get("dead") and hooks.first_ones(run)
        if waits and isinstance(entry.event, Intended) and not is_of_jobs(entry.event):
            yield "hooks come first", f"{entry.event.key} was asked for at {entry.at:.1f} s while {waits}"
        state = fold(state, [entry])


def _no_job_is_lost(simulation: Simulation, outcome: Outcome) -> Broken:
    if simulation.scenario.kind == ServiceKind.CRON:
        known = {one.id: one.schedule for one in simulation.scenario.revisions if one.schedule}
        until = min(outcome.ended_at, simulation.timeline.now()) - LATE_SECONDS
        yield from (("no job is lost", what) for what in simulation.jobs_checker.lost(known, until=until))


def _nothing_waits_forever(simulation: Simulation, outcome: Outcome) -> Broken:
    rule, run = "nothing waits forever", outcome.state.run
    if outcome.ended_at >= simulation.scenario.horizon:
        yield rule, "the journal never fell silent"
    elif run is not None and run.hold is None:
        yield rule, f"the run is at {run.stage.name} and neither ended nor held"
    elif run is not None and run.hold is not None and not _may_be_held(simulation, run):
        yield rule, f"held for {run.hold.rule} although the stable revision is healthy: {run.hold.reason}"
    elif run is None and outcome.state.queue:
        yield rule, "a queued deploy was never begun"


def _may_be_held(simulation: Simulation, run: Run) -> bool:
    assert run.hold is not None
    if run.drift or run.hold.rule in WAITS_FOR_A_PERSON or run.hold.rule.endswith("no-way-back"):
        return True
    return run.plan.base is None or not _is_sound(simulation, run.plan.base)


def _is_sound(simulation: Simulation, revision: RevisionId) -> bool:
    """Whether a replica of the revision answers, or would if there were one."""
    return not simulation.platform.is_broken(revision) and _fits(simulation, revision)


def _fits(simulation: Simulation, revision: RevisionId) -> bool:
    ranges = simulation.checker.supports.get(revision, {})
    phases = simulation.database.phases
    return all(r.lowest <= phases.get(change, 0) <= r.highest for change, r in ranges.items())


def _no_black_hole(simulation: Simulation) -> Broken:
    for black in simulation.checker.black_holes():
        yield "no traffic without capacity", f"at the end {black} has traffic and no replica that answers"


def _it_is_as_wanted(simulation: Simulation, state: ServiceState) -> Broken:
    """Replicas, routes and flags are those of the row, or of the resting state."""
    wanted = with_more(state.run.stage if state.run else state.rest, simulation.platform.scaled)
    if simulation.scenario.kind == ServiceKind.CRON:
        found = state.agenda.revision
        if found not in (wanted.capacity or (None,)) and all(_fits(simulation, name) for name in wanted.capacity):
            yield "what runs is what is wanted", f"jobs are of {found} at {wanted.name}"
        return
    if any(simulation.platform.is_broken(name) for name in wanted.capacity):
        return
    names = {*wanted.capacity, *(copy.revision for copy in simulation.platform.copies.values())}
    for name in sorted(names):
        want, have = wanted.capacity.get(name, 0), len(simulation.platform.of(name))
        if have > want or (have < want and _fits(simulation, name)):
            yield "what runs is what is wanted", f"{have} replicas of {name} instead of {want}"
    yield from _routes_are_as_wanted(simulation, wanted)
    for flag, share in wanted.flags.items():
        seen = simulation.flags.shares.get(flag, NONE)
        if seen > share:
            yield "what is exposed is what is wanted", f"{flag} is at {seen} instead of {share}"


def _routes_are_as_wanted(simulation: Simulation, wanted: Stage) -> Broken:
    if not all(_answers(simulation, name, wanted) for name in wanted.route.shares):
        return
    for number, proxy in enumerate(simulation.traffic.proxies):
        names = {*proxy.route.shares, *wanted.route.shares}
        off = [n for n in names if abs(proxy.route.shares.get(n, 0) - wanted.route.shares.get(n, 0)) > 1]
        if off:
            yield "traffic is where it is wanted", f"proxy {number} runs {proxy.route.shares} at {wanted.name}"


def _answers(simulation: Simulation, revision: RevisionId, wanted: Stage) -> bool:
    ready = sum(copy.is_ready for copy in simulation.platform.of(revision))
    return ready * TOTAL >= wanted.capacity.get(revision, 0) * TOTAL and _fits(simulation, revision)


def first_line(found: Sequence[Violation]) -> str:
    """The first violation in one line."""
    return f"{found[0].at:.1f} s: {found[0].rule}: {found[0].what}" if found else ""
