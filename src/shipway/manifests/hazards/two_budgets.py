"""A pod under two PodDisruptionBudgets."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import labels, matches


def find(setting: Setting) -> Iterator[Found]:
    """The second of those that choose the same pods."""
    for workload in setting.workloads():
        budgets = [
            one
            for one in setting.of("PodDisruptionBudget")
            if matches(one.part("spec", "selector"), labels(workload))
        ]
        for budget in budgets[1:]:
            yield Found(
                what=f"{budgets[0].called} and {budget.called} both choose the pods of {workload.called}.",
                on=budget,
                at=("spec", "selector"),
                fix=f"Delete one: `kubectl delete pdb {budget.name}`.",
            )


HAZARD = Hazard(
    name="two-budgets",
    title="Two budgets over one pod",
    why="The eviction API refuses a pod that has more than one budget, so its node is never drained.",
    find=find,
)
