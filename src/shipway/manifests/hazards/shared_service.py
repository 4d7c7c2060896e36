"""A Service whose selector takes the pods of both versions."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard, Level
from shipway.manifests.manifest import Manifest
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import labels, matches


def find(setting: Setting) -> Iterator[Found]:
    """Where a mesh chooses by subset, the Service may have both."""
    meshed = {
        host for one in setting.of("DestinationRule") for host in [str(one.at("spec", "host")).split(".")[0]]
    }
    for service in setting.of("Service"):
        selector = service.part("spec", "selector")
        chosen = [
            one for one in setting.workloads() if selector and matches({"matchLabels": selector}, labels(one))
        ]
        if service.name in meshed or not chosen:
            continue
        if setting.is_derived and service.name not in setting.moved:
            yield _beside(service)
        elif not setting.is_derived and len(chosen) > 1:
            yield _both(service, chosen)


def _beside(service: Manifest) -> Found:
    return Found(
        what=f"{service.called} sends requests to the pods of both versions, whatever their shares are.",
        on=service,
        at=("spec", "selector"),
        fix="Send its callers to what `traffic` says, or name it there: `traffic: {service: {name: …}}`.",
        level=Level.ADVICE,
    )


def _both(service: Manifest, chosen: list[Manifest]) -> Found:
    own = labels(chosen[0])
    apart = sorted(key for key in own if any(labels(one).get(key) != own[key] for one in chosen[1:]))
    selector = {**service.part("spec", "selector"), **{key: own[key] for key in apart[:1]}}
    return Found(
        what=f"{service.called} sends requests to {' and '.join(one.called for one in chosen)} by how many pods "
        "they have.",
        on=service,
        at=("spec", "selector"),
        fix=f"Choose one by its label {apart[0]}." if apart else "Give their pods a label that tells them apart.",
        patch=service.patch(spec={"selector": selector}) if apart else None,
    )


HAZARD = Hazard(
    name="shared-service",
    title="A Service that matches both versions",
    why="A version that nobody has looked at gets its part of users when its pods are ready, and a switch of "
    "versions cannot be told to the Service.",
    find=find,
)
