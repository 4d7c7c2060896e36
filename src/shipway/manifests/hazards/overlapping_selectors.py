"""Workloads that take each other's pods for their own."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import labels, matches


def find(setting: Setting) -> Iterator[Found]:
    """Each that chooses pods of another."""
    there = list(setting.of("Deployment", "StatefulSet", "DaemonSet"))
    for one in there:
        selector = one.part("spec", "selector")
        taken = [other for other in there if other is not one and selector and matches(selector, labels(other))]
        if not taken or (setting.is_derived and setting.workload not in (one.name, taken[0].name)):
            continue
        mark = {"app.kubernetes.io/instance": one.name}
        yield Found(
            what=f"The selector of {one.called} also chooses the pods of {taken[0].called}.",
            on=one,
            at=("spec", "selector"),
            fix="Give each a label of its own. A selector cannot be changed in place: delete with "
            "--cascade=orphan, then apply.",
            patch=one.patch(
                spec={
                    "selector": {"matchLabels": mark},
                    "template": {"metadata": {"labels": mark}},
                }
            ),
        )


HAZARD = Hazard(
    name="overlapping-selectors",
    title="Two workloads choose the same pods",
    why="Each counts the other's pods as its own: autoscalers and budgets count wrong, and an orphan is "
    "adopted, or "
    "ended, by the wrong one.",
    find=find,
)
