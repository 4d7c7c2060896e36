"""The plan of a release: each stage, who is exposed there, and how it would be taken back."""

from collections.abc import Mapping

from shipway.cli.render import changes
from shipway.cli.render.jobs import policy, spoken
from shipway.cli.render.paint import Paint, clip, filled, table
from shipway.cli.render.stages import cells, header
from shipway.cli.render.words import duration, known, named, plural, share
from shipway.model.hook import AFTER_STAGE, DURING_STAGE
from shipway.model.plan import Plan
from shipway.model.service_kind import ServiceKind
from shipway.model.share import TOTAL
from shipway.planning.take_back import TakeBack, is_end, take_back


def lines(plan: Plan, paint: Paint, *, start_seconds: float, is_measured: bool) -> list[str]:
    """A heading, the table, and where its times come from."""
    rows = [["", "stage", *header(plan), "if it fails here"]]
    for number, stage in enumerate(plan.stages):
        cost = take_back(plan, number, start_seconds=start_seconds)
        rows.append([f"{number:2}", stage.name, *cells(plan, stage), failing(plan, number, cost)])
    head, *body = table(rows)
    told = [*changes.no_return(plan), *gaps(plan), *source(plan, start_seconds, is_measured)]
    return [_heading(plan, paint), "", paint.faint(head), *body, "", *told]


def _heading(plan: Plan, paint: Paint) -> str:
    called = named(known(plan))
    base = f"{called[plan.base]} → " if plan.base else "first deployment of "
    how = f"by {plan.strategy}"
    if plan.limits.kind != ServiceKind.CRON:
        how += f", taken back within {duration(plan.rollback.within)}"
    return clip(f"{paint.strong(plan.service)}  {base}{called[plan.candidate]}  {how}", 80)


def failing(plan: Plan, row: int, cost: TakeBack) -> str:
    """`5% of users, back in 0.2 s`."""
    if row == 0:
        return "-"
    if changes.ends(plan.stages[row]):
        return "no way back: asks first"
    if plan.limits.kind == ServiceKind.CRON:
        return _failing_jobs(plan, cost)
    who = _who(cost, work="jobs" if plan.limits.kind == ServiceKind.WORKER else "users")
    if not who:
        return "nobody saw it"
    if cost.flag:
        return f"{who}, flag down in {duration(cost.seconds or 0.0)}"
    if cost.seconds is None:
        return f"{who}; no earlier version: asks you"
    if is_end(plan, row):
        return f"{who}, `rollback` takes {duration(cost.seconds)}"
    return f"{who}, back in {duration(cost.seconds)}" + (
        f", {plural(cost.starts, 'start')}" if cost.starts else ""
    )


def _failing_jobs(plan: Plan, cost: TakeBack) -> str:
    """Of a scheduled service: whose the next job is then."""
    if not cost.exposed:
        return "no job was run"
    if cost.seconds is None:
        return "its jobs; no earlier version: asks you"
    return f"its jobs; the next is of {named(known(plan))[plan.base]}" if plan.base else "its jobs"


def _who(cost: TakeBack, *, work: str) -> str:
    if cost.exposed == TOTAL:
        return f"all {work}"
    part = share(cost.exposed)
    if cost.chosen:
        return f"{part} + chosen users" if cost.exposed else "chosen users"
    if cost.copies and not cost.exposed:
        return f"no {work.removesuffix('s')}"
    return f"{part} of {work}" if cost.exposed else ""


def gaps(plan: Plan) -> list[str]:
    """Where nodes say how many there are: how many lack a replica at once."""
    if not plan.limits.per_node:
        return []
    if plan.base is None:
        return filled("Each node of the cluster has one replica; how many those are is seen when it is there.")
    if plan.limits.replicas == 1:
        return filled("Gap: the only node has no replica while another one comes: nobody answers meanwhile.")
    size = plan.limits.unavailable
    which = f"{size} of {plan.limits.replicas} nodes at once have" if size > 1 else "one node at a time has"
    return filled(f"Gap: {which} no replica while another one comes.")


def source(plan: Plan, start_seconds: float, is_measured: bool) -> list[str]:
    """Where the times come from; of a scheduled service, what is done at its instants."""
    if plan.limits.kind == ServiceKind.CRON:
        schedule = plan.schedules.get(plan.candidate)
        return filled(f"Jobs {spoken(schedule)}. {policy(schedule)}") if schedule else []
    if plan.base is None:
        return filled("A first deployment has no version to return to. `shipway abort` works until users see it.")
    if is_measured:
        return filled(
            f"Times: a replica was last seen to need {duration(start_seconds)} from its start to steady."
        )
    keys = (
        "health.steady" if plan.limits.kind == ServiceKind.WORKER else "health.ready.initial_delay + health.steady"
    )
    assumed = f"assumed {duration(start_seconds)} from {keys}"
    return filled(f"Times: how long a replica needs to start is not measured yet; {assumed}.")


def guard_lines(told: str) -> list[str]:
    """What the guard will know of the service's own errors; nothing where there is nothing to compare with."""
    return filled(f"Guard: {told}.") if told else []


def hook_lines(plan: Plan) -> list[str]:
    """Where what is to run along with each stage does not run; one that hooks follow is stayed in for them."""
    moments = {hook.moment for hook in plan.hooks.calls}
    stages = list(enumerate(plan.stages))[1:]
    passed = [f"{row} ({stage.name})" for row, stage in stages[:-1] if not stage.is_stayed_in]
    if DURING_STAGE not in moments or AFTER_STAGE in moments or not passed:
        return []
    if not any(stage.is_stayed_in for _, stage in stages):
        return filled("Hooks: during_stage is never called: each stage is left as soon as it is reached.")
    counted = "stage" if len(passed) == 1 else "stages"
    return filled(f"Hooks: during_stage is not called in {counted} {', '.join(passed)}, left as soon as reached.")


def as_data(plan: Plan, *, start_seconds: float) -> list[Mapping[str, object]]:
    """The rows for `--json`."""
    found: list[Mapping[str, object]] = []
    for number, stage in enumerate(plan.stages):
        cost = take_back(plan, number, start_seconds=start_seconds)
        found.append(
            {
                "row": number,
                "stage": stage.name,
                "capacity": dict(stage.capacity),
                "shares": dict(stage.route.shares),
                "flags": dict(stage.flags),
                "schema": {change: phase.label for change, phase in stage.schema.items()},
                "exposed_share": cost.exposed,
                "mirror_share": stage.route.mirror.share if stage.route.mirror else 0,
                "take_back_seconds": cost.seconds,
                "take_back_starts": cost.starts,
            }
        )
    return found
