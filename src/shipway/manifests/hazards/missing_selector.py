"""A workload without a selector, or with one that does not choose its own pods."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.manifest import Key
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import labels, matches


def find(setting: Setting) -> Iterator[Found]:
    """The API server refuses both."""
    for workload in setting.workloads():
        selector, mine = workload.part("spec", "selector"), labels(workload)
        wanted = {"app": mine["app"]} if "app" in mine else dict(mine) or {"app": workload.name}
        at: tuple[Key, ...] = ("spec",)
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            what = f"{workload.called} has no selector; the API server refuses it."
        elif not matches(selector, mine):
            what, at = f"The selector of {workload.called} does not choose its own pods.", ("spec", "selector")
            wanted = {**selector.get("matchLabels", {})} or wanted
        else:
            continue
        yield Found(
            what=what,
            on=workload,
            at=at,
            fix="Choose the pods by their labels.",
            patch=workload.patch(
                spec={"selector": {"matchLabels": wanted}, "template": {"metadata": {"labels": wanted}}}
            ),
        )


HAZARD = Hazard(
    name="missing-selector",
    title="No selector",
    why="apps/v1 wants spec.selector, which has to match the labels of the pods' template.",
    find=find,
)
