"""A journal's events as sentences. What only the engine needs to know has none."""

from functools import singledispatch

from shipway.cli.render.words import duration, only_flags, plural, share, version_of, work
from shipway.model import command, event
from shipway.model.event import Event
from shipway.model.job import BAD, Outcome
from shipway.model.plan import Plan, Stage, share_of
from shipway.model.service_kind import ServiceKind
from shipway.model.share import percent
from shipway.model.verdict import Kind


@singledispatch
def sentence(happened: Event, plan: Plan | None) -> str:
    """What happened, or nothing where it does not concern people."""
    return ""


def _stage(plan: Plan | None, row: int) -> str:
    """`stage 2, canary 5%`."""
    name = plan.stages[row].name if plan and row < len(plan.stages) else ""
    return f"stage {row}, {name}" if name else f"stage {row}"


def _first(text: str) -> str:
    return text.strip().splitlines()[0].rstrip(".") if text.strip() else ""


@sentence.register
def _(happened: event.CommandRead, plan: Plan | None) -> str:
    if happened.refused:
        return f"refused to {happened.by}: {happened.refused}"
    if isinstance(happened.command, command.ReportHarm):
        return _report(happened.by, happened.command)
    words = {command.SetReplicas: "scale", command.Deploy: ""}
    word = words.get(type(happened.command), type(happened.command).__name__.lower())
    return f"{happened.by} asked: {word}" if word else ""


def _report(by: str, report: command.ReportHarm) -> str:
    who = f"{report.by} (by way of {by})" if report.by else by
    return f"{who} reports {report.severity} harm: {_first(report.reason)}"


@sentence.register
def _(happened: event.RunStarted, plan: Plan | None) -> str:
    base = f"{version_of(happened.plan.base)} → " if happened.plan.base else ""
    rows = len(happened.plan.stages) - 1
    if flags := only_flags(happened.plan):
        return f"ramp begins: {flags} on {version_of(happened.plan.candidate)}, {plural(rows, 'stage')}"
    return (
        f"release begins: {base}{version_of(happened.plan.candidate)} by {happened.plan.strategy}, {rows} stages"
    )


@sentence.register
def _(happened: event.StageEntered, plan: Plan | None) -> str:
    return f"→ {_stage(plan, happened.row)}{_shape(plan, happened.row)}{_because(happened.reason)}"


def _shape(plan: Plan | None, row: int) -> str:
    if plan is None or row >= len(plan.stages):
        return ""
    stage: Stage = plan.stages[row]
    if plan.limits.kind == ServiceKind.CRON:
        whose = next(iter(stage.capacity), None)
        return f" (the next jobs are of {version_of(whose)})" if whose else ""
    if stage.ramp:
        return f" ({percent(stage.flags[stage.ramp])} of users see it)"
    replicas, part = stage.capacity.get(plan.candidate, 0), share_of(plan, stage, plan.candidate)
    return f" ({version_of(plan.candidate)}: {plural(replicas, 'replica')}, {share(part)} of {work(plan)})"


def _because(reason: str) -> str:
    return f": {_first(reason)}" if reason else ""


@sentence.register
def _(happened: event.StageSettled, plan: Plan | None) -> str:
    stay = plan.stages[happened.row].stay if plan and happened.row < len(plan.stages) else None
    longest = max(stay.minimum, stay.bake) if stay else 0.0
    return f"✓ {_stage(plan, happened.row)}: reached" + (f", stays {duration(longest)}" if longest else "")


@sentence.register
def _(happened: event.StageLost, plan: Plan | None) -> str:
    return f"! {_stage(plan, happened.row)} is no longer what is seen{_because(happened.reason)}"


@sentence.register
def _(happened: event.WentBack, plan: Plan | None) -> str:
    return f"✗ going back to {_stage(plan, happened.row)} ({happened.rule}){_because(happened.reason)}"


@sentence.register
def _(happened: event.Recovered, plan: Plan | None) -> str:
    if flags := only_flags(plan):
        return f"✓ confirmed: {flags} is down to what the stage says"
    return f"✓ confirmed: no {work(plan)} on the version that was taken back, beyond what its stage says"


@sentence.register
def _(happened: event.Held, plan: Plan | None) -> str:
    return f"✗ held ({happened.rule}){_because(happened.reason)}"


@sentence.register
def _(happened: event.Released, plan: Plan | None) -> str:
    return f"goes on{_because(happened.reason)}"


@sentence.register
def _(happened: event.Paused, plan: Plan | None) -> str:
    return f"! paused by {happened.by}; the guard stays armed"


@sentence.register
def _(happened: event.Unpaused, plan: Plan | None) -> str:
    return f"resumed by {happened.by}"


@sentence.register
def _(happened: event.Extended, plan: Plan | None) -> str:
    return f"stays longer{_because(happened.reason)}"


@sentence.register
def _(happened: event.Judged, plan: Plan | None) -> str:
    verdict = happened.verdict
    if plan and plan.base is None and verdict.kind in (Kind.BLIND, Kind.NOT_ENOUGH):
        return ""  # a first deployment has no users yet, and nothing to be compared with
    word = str(verdict.severity or verdict.kind).replace("-", " ")
    return f"guard: {word}{_because(verdict.sentence)}"


@sentence.register
def _(happened: event.GateAnswered, plan: Plan | None) -> str:
    gates = plan.stages[happened.row].gates if plan and happened.row < len(plan.stages) else ()
    called = gates[happened.gate].target if happened.gate < len(gates) else "a gate"
    return f"{'✓' if happened.passed else '✗'} {called} {'passed' if happened.passed else 'refused'}" + _because(
        happened.detail
    )


@sentence.register
def _(happened: event.HookAnswered, plan: Plan | None) -> str:
    calls = plan.hooks.calls if plan else ()
    hook = calls[happened.number] if happened.number < len(calls) else None
    called = f"{hook.moment} {hook.target}" if hook else "a hook"
    mark, word = ("✓", "has passed") if happened.passed else ("✗", "has failed")
    return f"{mark} {called} {word}{_because(happened.detail)}"


@sentence.register
def _(happened: event.Failed, plan: Plan | None) -> str:
    return f"! {happened.key}: {_first(happened.error)}; tried again"


@sentence.register
def _(happened: event.DriftSeen, plan: Plan | None) -> str:
    return f"! changed by other hands: {happened.what}"


@sentence.register
def _(happened: event.DriftAccepted, plan: Plan | None) -> str:
    return f"{happened.by} lets Shipway overwrite it"


@sentence.register
def _(happened: event.DriftAdopted, plan: Plan | None) -> str:
    return f"adopted from {happened.by}: {happened.replicas} replicas"


@sentence.register
def _(happened: event.Proven, plan: Plan | None) -> str:
    return f"✓ {version_of(happened.revision)} carried all {work(plan)}: it is proven" if happened.revision else ""


@sentence.register
def _(happened: event.Resized, plan: Plan | None) -> str:
    return f"{happened.by}: {happened.replicas or 'no'} replicas"


@sentence.register
def _(happened: event.RunEnded, plan: Plan | None) -> str:
    mark = "✓" if happened.outcome == "finished" else "✗"
    return f"{mark} release {happened.outcome.replace('-', ' ')}{_because(happened.reason)}"


@sentence.register
def _(happened: event.JobsFrom, plan: Plan | None) -> str:
    whose = f"the next jobs are of {version_of(happened.revision)}" if happened.revision else "no job is started"
    return f"{whose}{_because(happened.reason)}"


@sentence.register
def _(happened: event.JobEnded, plan: Plan | None) -> str:
    code = f", exit code {happened.exit_code}" if happened.outcome == Outcome.FAILED else ""
    mark = {Outcome.OK: "✓"}.get(happened.outcome, "✗" if happened.outcome in BAD else "!")
    return f"{mark} job {happened.job}: {happened.outcome}{code}{_because(happened.detail)}"


@sentence.register
def _(happened: event.JobsSkipped, plan: Plan | None) -> str:
    more = f" and {happened.count - 1} before it" if happened.count > 1 else ""
    return f"! no job for {happened.job}{more}: {happened.reason}"
