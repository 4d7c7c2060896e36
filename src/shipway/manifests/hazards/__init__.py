"""One file for each thing in manifests that loses requests. The word is the path."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from shipway.manifests.hazard import Finding, Hazard
from shipway.manifests.manifest import Manifest
from shipway.manifests.setting import Setting

NAMES = (
    "autoscaler-without-requests",
    "blocking-budget",
    "gap-on-each-node",
    "host-port",
    "metric-without-template",
    "misplaced-webhooks",
    "missing-port",
    "missing-selector",
    "missing-subset",
    "moving-tag",
    "no-pre-stop",
    "no-readiness-probe",
    "no-requests",
    "one-replica",
    "other-controller",
    "other-namespace",
    "overlapping-selectors",
    "probes-alike",
    "raw-histogram",
    "removed-version",
    "replicas-beside-autoscaler",
    "selects-nothing",
    "shared-autoscaler",
    "shared-service",
    "shell-before-stop",
    "shell-keeps-signal",
    "short-grace",
    "single-writer",
    "two-budgets",
    "unavailable-at-once",
    "unready-addresses",
)
ACCEPTS = "shipway.dev/accepts"
"""An annotation: hazards of this object that somebody knows and wants, by their names."""


@cache
def hazards() -> tuple[Hazard, ...]:
    """All of them, loaded once."""
    return tuple(named(name) for name in NAMES)


def named(name: str) -> Hazard:
    """One of them; a name that is not in `NAMES` is a mistake of ours."""
    found = import_module(f"shipway.manifests.hazards.{name.replace('-', '_')}").HAZARD
    assert isinstance(found, Hazard)
    return found


def check(setting: Setting) -> list[Finding]:
    """What is found in all manifests together: hazards before advice, each in the order of what is written."""
    found = [finding for hazard in hazards() for finding in _of(hazard, setting)]
    places = {id(one): place for place, one in enumerate(setting.manifests)}
    return sorted(found, key=lambda one: (not one.is_hazard, places.get(id(one.found.on), 0)))


def _of(hazard: Hazard, setting: Setting) -> Iterator[Finding]:
    for found in hazard.find(setting):
        if hazard.name not in accepted(found.on):
            yield Finding(hazard=hazard, found=found)


def accepted(manifest: Manifest) -> set[str]:
    """Names of hazards that are wanted."""
    written = manifest.part("metadata", "annotations").get(ACCEPTS)
    return {word.strip() for word in str(written or "").split(",")} - {""}
