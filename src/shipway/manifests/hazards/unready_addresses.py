"""A Service that sends requests to pods that are not ready."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting


def find(setting: Setting) -> Iterator[Found]:
    """A headless Service of a StatefulSet does so on purpose."""
    for service in setting.of("Service"):
        if service.at("spec", "publishNotReadyAddresses") is True and service.at("spec", "clusterIP") != "None":
            yield Found(
                what=f"{service.called} sends requests to pods that are not ready.",
                on=service,
                at=("spec", "publishNotReadyAddresses"),
                fix="Send them to ready pods only.",
                patch=service.patch(spec={"publishNotReadyAddresses": False}),
            )


HAZARD = Hazard(
    name="unready-addresses",
    title="Requests for pods that are not ready",
    why="Readiness is asked, and nobody listens to the answer: pods that start and pods that end get requests.",
    find=find,
)
