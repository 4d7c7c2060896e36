"""Flagger webhooks where Flagger does not look."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting


def find(setting: Setting) -> Iterator[Found]:
    """The API server drops what the CRD does not know, without a word."""
    for canary in setting.of("Canary"):
        hooks = canary.at("spec", "webhooks")
        if canary.version.startswith("flagger.app/") and hooks:
            yield Found(
                what=f"The webhooks of {canary.called} stand beside `analysis`, and never are called.",
                on=canary,
                at=("spec", "webhooks"),
                fix="Write them below `analysis`.",
                patch=canary.patch(spec={"webhooks": None, "analysis": {"webhooks": hooks}}),
            )


HAZARD = Hazard(
    name="misplaced-webhooks",
    title="Webhooks outside of the analysis",
    why="Without the load that they were to make there are no requests to judge, and every check fails; gates are "
    "not asked.",
    find=find,
)
