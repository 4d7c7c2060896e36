"""Somebody else who rolls out the same workload."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting

OTHERS = {"Canary": ("spec", "targetRef"), "Rollout": ("spec", "workloadRef")}


def find(setting: Setting) -> Iterator[Found]:
    """Flagger's Canary, and the Rollouts of Argo and OpenKruise."""
    if not setting.is_derived:
        return
    for kind, keys in OTHERS.items():
        for other in setting.of(kind):
            if other.part(*keys).get("name") == setting.workload:
                yield Found(
                    what=f"{other.called} rolls out {setting.workload} too, and scales it to zero.",
                    on=other,
                    at=keys,
                    fix=f"Delete it before the first deploy: `kubectl delete {kind.lower()} {other.name}`.",
                )


HAZARD = Hazard(
    name="other-controller",
    title="Two that release the same",
    why="Two controllers move the same pods and shares, and each takes the other's writes for drift.",
    find=find,
)
