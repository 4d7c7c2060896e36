"""The stage table: capacity and traffic per revision, flags and schema where they are used, and the stay."""

from shipway.cli.render.changes import ends
from shipway.cli.render.paint import clip
from shipway.cli.render.words import NAME_MAX, duration, known, named, plural, share
from shipway.model.plan import Need, Plan, Stage, share_of
from shipway.model.revision import RevisionId
from shipway.model.service_kind import ServiceKind
from shipway.model.share import NONE, percent

THEN = {"ask": "then you", "back": "then back"}
"""What follows a stage that does not lead on by itself."""


def header(plan: Plan) -> list[str]:
    """The columns' names, after the stage's own."""
    called = named(known(plan))
    return [*(clip(called[one], NAME_MAX) for one in known(plan)), *_flags(plan), *_schema(plan), "stay"]


def cells(plan: Plan, stage: Stage) -> list[str]:
    """One stage's cells, in the order of `header`."""
    held = [_held(plan, stage, revision) for revision in known(plan)]
    flags = [percent(stage.flags.get(flag, NONE)) for flag in _flags(plan)]
    schema = [stage.schema[change].label if change in stage.schema else "absent" for change in _schema(plan)]
    return [*held, *flags, *schema, stay(plan, stage)]


def _held(plan: Plan, stage: Stage, revision: RevisionId) -> str:
    """`4  95%`: replicas and share; of a scheduled service, whose jobs are next."""
    if plan.limits.kind == ServiceKind.CRON:
        return "jobs" if stage.capacity.get(revision) else "-"
    replicas, part = stage.capacity.get(revision, 0), share_of(plan, stage, revision)
    return f"{replicas} {share(part):>4}" if replicas or part else "-"


def _flags(plan: Plan) -> list[str]:
    return sorted({flag for stage in plan.stages for flag in stage.flags})


def _schema(plan: Plan) -> list[str]:
    return sorted({change for stage in plan.stages for change in stage.schema})


def stay(plan: Plan, stage: Stage) -> str:
    """How long, and what must be known: `15 min, proof`; `2 to 15 min, proof` where proof may end it."""
    longest = max(stage.stay.minimum, stage.stay.bake)
    said = ["if undecided"] if stage.is_repeat else []
    said += [f"{_earliest(plan, stage)}{duration(longest)}"] if longest else []
    said += [plural(stage.stay.jobs, "job")] if stage.stay.jobs else []
    said += ["proof"] if not stage.stay.jobs and stage.stay.needs_evidence else []
    said += [THEN[stage.stay.then]] if stage.stay.then in THEN else []
    said += ["you agree"] if stage.stay.asks else []
    said += ["not needed, asks"] if _precedes_contract(plan, stage) else []
    said += [_gate(stage, gate) for gate in stage.gates]
    return ", ".join(said) or "-"


def _gate(stage: Stage, gate: Need) -> str:
    if gate.kind == "hours":
        return gate.target.partition(" ")[0]
    return "smoke test" if gate.kind == "command" and stage.name != "approval" else gate.kind


def _precedes_contract(plan: Plan, stage: Stage) -> bool:
    following = plan.stages.index(stage) + 1
    return following < len(plan.stages) and ends(plan.stages[following]) and not ends(stage)


def _earliest(plan: Plan, stage: Stage) -> str:
    least = stage.stay.minimum
    if plan.guard.promote != "when-proven" or not stage.stay.needs_evidence or least >= stage.stay.bake:
        return ""
    return f"{duration(least)} to "
