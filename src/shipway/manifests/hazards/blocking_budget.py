"""A PodDisruptionBudget that lets no pod go."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import counted, labels, matches


def find(setting: Setting) -> Iterator[Found]:
    """Percentages round up, for both of its numbers.

    https://kubernetes.io/docs/tasks/run-application/configure-pdb/#rounding-logic-when-specifying-percentages
    """
    for budget in setting.of("PodDisruptionBudget"):
        selector = budget.part("spec", "selector")
        for workload in setting.workloads():
            if not matches(selector, labels(workload)) or workload.kind == "DaemonSet":
                continue
            replicas = setting.replicas_of(workload)
            least, most = budget.at("spec", "minAvailable"), budget.at("spec", "maxUnavailable")
            kept = counted(least, replicas, up=True) if least is not None else None
            gone = counted(most, replicas, up=True) if most is not None else None
            if gone == 0 or (kept is not None and kept >= replicas):
                key = "maxUnavailable" if gone == 0 else "minAvailable"
                yield Found(
                    what=f"{budget.called} lets none of the {replicas} pods of {workload.called} go.",
                    on=budget,
                    at=("spec", key),
                    fix="Let one go at a time.",
                    patch=budget.patch(spec={"minAvailable": None, "maxUnavailable": 1}),
                )


HAZARD = Hazard(
    name="blocking-budget",
    title="A budget that blocks",
    why="A node with such a pod cannot be drained: its upgrade waits for ever, or is forced, and then all go at "
    "once.",
    find=find,
)
