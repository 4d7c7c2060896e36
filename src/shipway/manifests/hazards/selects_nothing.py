"""A Service that means this workload, and misses it by one label."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import WORKLOADS, labels, matches


def find(setting: Setting) -> Iterator[Found]:
    """Where a part of its selector fits, and no workload has the whole."""
    there = list(setting.of(*WORKLOADS))
    for service in setting.of("Service"):
        selector = service.part("spec", "selector")
        if not selector or any(matches({"matchLabels": selector}, labels(one)) for one in there):
            continue
        for workload in setting.workloads():
            mine = labels(workload)
            fitting = {key: value for key, value in selector.items() if mine.get(key) == value}
            if not fitting:
                continue
            wrong = next(key for key in selector if key not in fitting)
            yield Found(
                what=f"{service.called} wants {wrong}: {selector[wrong]}; the pods of {workload.called} have "
                f"{mine.get(wrong, 'no such label')}.",
                on=service,
                at=("spec", "selector", wrong),
                fix="Choose by a label that they have.",
                patch=service.patch(spec={"selector": {wrong: mine.get(wrong)}}),
            )
            break


HAZARD = Hazard(
    name="selects-nothing",
    title="A Service that chooses no pod",
    why="It has no endpoint, and every request through it is refused. The API server takes it without a word.",
    find=find,
)
