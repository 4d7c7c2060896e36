"""A plan whose full capacity changes while it is walked."""

from msgspec.structs import replace

from shipway.model.plan import Plan, Stage


def resize(plan: Plan, replicas: int) -> Plan:
    """Each row in proportion, at least one where there was one: 1 and 4 of 4 become 2 and 8 of 8."""
    before = max(plan.limits.replicas, 1)
    stages = tuple(_stage(stage, before, replicas) for stage in plan.stages)
    largest = max(sum(stage.capacity.values()) for stage in stages)
    limits = replace(
        plan.limits,
        replicas=replicas,
        unavailable=min(plan.limits.unavailable, replicas - 1),
        total=largest + plan.limits.surge,
    )
    return replace(plan, stages=stages, limits=limits)


def _stage(stage: Stage, before: int, after: int) -> Stage:
    return replace(stage, capacity={name: -(-count * after // before) for name, count in stage.capacity.items()})
