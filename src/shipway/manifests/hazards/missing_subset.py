"""A VirtualService that sends requests to a subset that nobody defines."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.manifest import Manifest, Object
from shipway.manifests.setting import Setting


def find(setting: Setting) -> Iterator[Found]:
    """Once for each host and subset."""
    defined = {
        (_short(one.at("spec", "host")), str(subset.get("name")))
        for one in setting.of("DestinationRule")
        for _, subset in one.each("spec", "subsets")
    }
    told: set[tuple[str, str]] = set()
    for service in setting.of("VirtualService"):
        for at, host, subset in _destinations(service):
            if (host, subset) in defined | told:
                continue
            told.add((host, subset))
            yield Found(
                what=f"{service.called} sends requests to subset {subset} of {host}, which no DestinationRule "
                "defines.",
                on=service,
                at=at,
                fix="Define it.",
                patch=_rule(host, [each for _, name, each in _destinations(service) if name == host]),
            )


def _destinations(service: Manifest) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    for index, http in service.each("spec", "http"):
        for place, route in enumerate(http.get("route") or ()):
            target = route.get("destination") or {}
            if "subset" in target:
                at = ("spec", "http", index, "route", place, "destination", "subset")
                yield at, _short(target.get("host")), str(target["subset"])


def _rule(host: str, subsets: list[str]) -> Object:
    """By the label `version`, which is what meshes go by."""
    found = [{"name": name, "labels": {"version": name}} for name in dict.fromkeys(subsets)]
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": {"name": host},
        "spec": {"host": host, "subsets": found},
    }


def _short(host: object) -> str:
    return str(host).partition(".")[0]


HAZARD = Hazard(
    name="missing-subset",
    title="A subset without a DestinationRule",
    why="Istio takes the VirtualService, and answers every such request with 503: there is no cluster of that "
    "name.",
    find=find,
)
