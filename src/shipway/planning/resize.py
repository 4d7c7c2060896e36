"""A plan whose full capacity changes while it is walked."""

from msgspec.structs import replace

from shipway.model.plan import Plan, Stage
from shipway.model.policy import Limits
from shipway.model.revision import RevisionId
from shipway.model.share import TOTAL


def resize(plan: Plan, replicas: int) -> Plan:
    """Each row in proportion, at least one where there was one: 1 and 4 of 4 become 2 and 8 of 8."""
    before = max(plan.limits.replicas, 1)
    if plan.limits.per_node:
        stages = tuple(_on_nodes(stage, plan.candidate, before, replicas) for stage in plan.stages)
    else:
        stages = tuple(_stage(stage, before, replicas) for stage in plan.stages)
    largest = max(sum(stage.capacity.values()) for stage in stages)
    limits = replace(
        plan.limits,
        replicas=replicas,
        unavailable=min(_unavailable(plan.limits, before, replicas), replicas - 1),
        total=largest + plan.limits.surge,
    )
    return replace(plan, stages=stages, limits=limits)


def _stage(stage: Stage, before: int, after: int) -> Stage:
    return replace(stage, capacity={name: _part(count, before, after) for name, count in stage.capacity.items()})


def _on_nodes(stage: Stage, candidate: RevisionId, before: int, after: int) -> Stage:
    """Each node has one: what the candidate does not get stays with the other version. One node has no two."""
    new = stage.capacity.get(candidate, 0)
    former = next((name for name in stage.capacity if name != candidate), None)
    if not new or former is None:
        return replace(stage, capacity=dict.fromkeys(stage.capacity, after))
    if after == 1:
        return replace(stage, capacity={candidate: 1}, route=replace(stage.route, shares={candidate: TOTAL}))
    count = min(_part(new, before, after), after - 1)
    return replace(stage, capacity={former: after - count, candidate: count})


def _unavailable(limits: Limits, before: int, after: int) -> int:
    """Where a new one comes in the place of another, a batch is so many missing."""
    return max(1, _part(limits.unavailable, before, after)) if limits.per_node else limits.unavailable


def _part(count: int, before: int, after: int) -> int:
    return -(-count * after // before)
