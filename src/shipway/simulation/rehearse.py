"""Plays a release against a named fault, with the engine itself, before any user meets it."""

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from shipway.errors import ShipwayError, UnknownName
from shipway.model.command import Deploy
from shipway.model.event import (
    Entry,
    Event,
    Extended,
    Held,
    Recovered,
    Released,
    RunEnded,
    RunStarted,
    StageEntered,
    StageSettled,
    WentBack,
)
from shipway.model.hook import Hooks
from shipway.model.plan import Plan, share_of
from shipway.model.policy import Guard
from shipway.model.release import Release
from shipway.model.revision import Revision, RevisionId
from shipway.model.service_kind import ServiceKind
from shipway.model.share import percent
from shipway.simulation.faults import Code, Controllers, Faults, Outage
from shipway.simulation.scenario import Asked, Scenario
from shipway.simulation.simulate import Outcome, simulate

BASE_AT = 1.0
DEPLOY_AT = 120.0
"""The base has been serving for two minutes when the release begins."""
WELL_SECONDS = 120.0
"""The mean time until a replica falls ill whose health fails again and again."""
HELD_SECONDS = 600.0
"""A held release is watched this much longer, then left to its person."""
LONGEST_SECONDS = 14 * 24 * 3600.0


class Circumstances(Struct, frozen=True, kw_only=True):
    """What is assumed of the world; the answer is as good as these."""

    requests_per_second: float = 100.0
    start: float = 2.0
    """Seconds from a replica's start to its first answer."""
    error_rate: float = 0.001
    """Of the stable revision, and of the candidate where the fault does not say otherwise."""
    seed: int = 1


class Fault(Struct, frozen=True, kw_only=True):
    """A fault with its name, what it means, and its size if it has one."""

    name: str
    meaning: str
    size: float | None = None


FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(name="none", meaning="nothing goes wrong"),
        Fault(name="candidate-errors", meaning="the candidate fails this share of its requests", size=0.5),
        Fault(name="candidate-metrics", meaning="each of guard.metrics is so many times as bad", size=3.0),
        Fault(name="slow-start", meaning="the candidate takes this many seconds to answer", size=90.0),
        Fault(name="crash-loop", meaning="the candidate crashes right after each start"),
        Fault(name="never-ready", meaning="the candidate starts and never answers"),
        Fault(name="metrics-gone", meaning="the metrics disappear one minute into the release"),
        Fault(name="stable-broken", meaning="the stable version stops answering one minute into the release"),
        Fault(name="controller-killed", meaning="the controller dies again and again"),
        Fault(
            name="health-fails",
            meaning="each replica's health fails for this many seconds, again and again",
            size=60.0,
        ),
        Fault(
            name="machine-lost",
            meaning="one of three machines is away for this many seconds, one minute into the release",
            size=60.0,
        ),
    )
}


UNITS = {"candidate-errors": ("%", 0.01), "candidate-metrics": ("x", 1.0)}
SECONDS = ("s", 1.0)
"""Of a fault's size, with what it is multiplied by; those that are not named have seconds."""


class Line(Struct, frozen=True, kw_only=True):
    """What happened, seconds after the release was asked for."""

    at: float
    text: str


class Rehearsal(Struct, frozen=True, kw_only=True):
    """What would have happened."""

    fault: Fault
    plan: Plan
    lines: tuple[Line, ...]
    outcome: str
    """`finished`, `rolled-back`, `held` or `unfinished`."""
    seconds: float
    requests: int
    """Of all users, from the release's beginning to its end."""
    failed: int
    noticed: int
    """Failed beyond what the stable version would have failed anyway."""
    exposed: float
    """Share of the requests that the candidate answered."""
    deaths: int
    """How often the controller died."""


OF_CRON = ("none", "candidate-errors", "crash-loop", "controller-killed")
"""What can happen to scheduled jobs: they fail, now and then or always, and nobody looks for a while."""


def usual(guard: Guard, kind: ServiceKind = ServiceKind.HTTP) -> list[Fault]:
    """What is rehearsed where nobody names a fault: all that can go wrong with this release."""
    if kind == ServiceKind.CRON:
        return [FAULTS[name] for name in OF_CRON]
    return [fault for fault in FAULTS.values() if guard.metrics or fault.name != "candidate-metrics"]


def parse(text: str) -> Fault:
    """`candidate-errors=20%`, `slow-start=90s`, `crash-loop`. Raises `UnknownName` or `ShipwayError`."""
    name, _, size = text.partition("=")
    if name not in FAULTS:
        raise UnknownName(
            f"There is no fault `{name}`.", why=f"Known are {', '.join(FAULTS)}.", fix="Name one of these."
        )
    fault = FAULTS[name]
    return replace(fault, size=_size(fault, size)) if size else fault


def _size(fault: Fault, text: str) -> float:
    unit, factor = UNITS.get(fault.name, SECONDS)
    try:
        assert fault.size is not None and text.endswith(unit)
        return float(text.removesuffix(unit)) * factor
    except (AssertionError, ValueError):
        example = "" if fault.size is None else f"={fault.size / factor:g}{unit}"
        raise ShipwayError(
            f"`{text}` is no size for the fault {fault.name}.",
            where="--fault",
            why=f"It means: {fault.meaning}." if example else "This fault has no size.",
            fix=f"Write {fault.name}{example}.",
        ) from None


def rehearse(
    release: Release, revision: Revision, fault: Fault, *, base: Revision, given: Circumstances
) -> Rehearsal:
    """The release of `revision` over a proven `base`, to its end, with the fault."""
    outcome = simulate(_scenario(release, revision, fault, base, given))
    return _told(outcome, fault, revision.id, given)


def _scenario(
    release: Release, revision: Revision, fault: Fault, base: Revision, given: Circumstances
) -> Scenario:
    first = replace(release, revision=base.id, strategy="rolling", smoke=None, hooks=Hooks())
    return Scenario(
        service=release.service,
        kind=release.kind,
        seed=given.seed,
        revisions=(base, revision),
        asked=(
            Asked(at=BASE_AT, command=Deploy(release=first)),
            Asked(at=DEPLOY_AT, command=Deploy(release=replace(release, smoke=None, hooks=Hooks()))),
        ),
        codes={
            base.id: Code(start=given.start, error_rate=given.error_rate),
            revision.id: _code(fault, given),
        },
        faults=_faults(fault),
        requests_per_second=given.requests_per_second,
        horizon=DEPLOY_AT + LONGEST_SECONDS,
        stop_when_held=HELD_SECONDS,
    )


def _code(fault: Fault, given: Circumstances) -> Code:
    well = Code(start=given.start, error_rate=given.error_rate)
    changes: Mapping[str, Callable[[], Code]] = {
        "candidate-errors": lambda: replace(well, error_rate=fault.size or 0.0),
        "candidate-metrics": lambda: replace(well, metrics_times=fault.size or 1.0),
        "slow-start": lambda: replace(well, start=fault.size or 0.0),
        "crash-loop": lambda: replace(well, crashes_at_start=True),
        "never-ready": lambda: replace(well, never_ready=True),
        "health-fails": lambda: replace(well, ill_every=WELL_SECONDS, ill_seconds=fault.size or 0.0),
    }
    return changes.get(fault.name, lambda: well)()


def _faults(fault: Fault) -> Faults:
    match fault.name:
        case "machine-lost":
            start, seconds = DEPLOY_AT + 60.0, fault.size or 0.0
            return Faults(outages=(Outage(start=start, end=start + seconds, machine=1, answers=False),))
        case "metrics-gone":
            return Faults(metrics_gone_from=DEPLOY_AT + 60.0)
        case "stable-broken":
            return Faults(kill_stable_at=DEPLOY_AT + 60.0)
        case "controller-killed":
            return Faults(controllers=Controllers(die=0.02), since=DEPLOY_AT)
        case _:
            return Faults()


def _told(outcome: Outcome, fault: Fault, candidate: RevisionId, given: Circumstances) -> Rehearsal:
    run = outcome.state.run
    past = outcome.state.past[-1] if outcome.state.past else None
    plan = next(plan for entry in reversed(outcome.entries) if (plan := _started(entry, candidate)))
    requests, failed = sum(outcome.requests.values()), sum(outcome.errors.values())
    ended = "held" if run and run.hold else "unfinished" if run or past is None else past.outcome
    return Rehearsal(
        fault=fault,
        plan=plan,
        lines=tuple(_lines(outcome, plan)),
        outcome=ended,
        seconds=outcome.ended_at - DEPLOY_AT,
        requests=int(requests),
        failed=failed,
        noticed=max(0, round(failed - requests * given.error_rate)),
        exposed=outcome.requests.get(candidate, 0.0) / requests if requests else 0.0,
        deaths=outcome.deaths,
    )


def _started(entry: Entry, candidate: RevisionId) -> Plan | None:
    event = entry.event
    return event.plan if isinstance(event, RunStarted) and event.plan.candidate == candidate else None


def _lines(outcome: Outcome, plan: Plan) -> list[Line]:
    """The run's events in words, without the repair work between them."""
    told = ((entry.at - DEPLOY_AT, _text(entry.event, plan)) for entry in outcome.entries if entry.at >= DEPLOY_AT)
    return [Line(at=at, text=text) for at, text in told if text]


def _text(event: Event, plan: Plan) -> str:
    match event:
        case StageEntered(row=row, reason=reason):
            return f"on to {_stage(plan, row)}" + (f": {reason}" if reason else "")
        case StageSettled(row=row):
            return f"reached {_stage(plan, row)}"
        case WentBack(row=row, reason=reason):
            return f"back to {_stage(plan, row)}: {reason}"
        case Recovered():
            work = "user is on" if plan.limits.kind == ServiceKind.HTTP else "job is started of"
            return f"no {work} the candidate any more"
        case Held(reason=reason):
            return f"held for a person: {reason}"
        case Released(reason=reason):
            return f"goes on: {reason}"
        case Extended(reason=reason):
            return f"stays longer: {reason}"
        case RunEnded(outcome=ended, reason=reason):
            return ended.replace("-", " ") + (f": {reason}" if reason else "")
        case _:
            return ""


def _stage(plan: Plan, row: int) -> str:
    stage = plan.stages[row]
    share = share_of(plan, stage, plan.candidate)
    work = "traffic" if plan.limits.kind == ServiceKind.HTTP else "jobs"
    return f"stage {row} ({stage.name}, {percent(share)} of {work})"
