"""The subsets of a DestinationRule: one for each version, beside those of the user. Pure.

https://istio.io/latest/docs/reference/config/networking/destination-rule/
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.traffic._kubernetes import fencing
from shipway.adapters.traffic._kubernetes.revision_services import name_of
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.adapters.traffic.istio.refusing import require
from shipway.model.revision import RevisionId

Object = dict[str, Any]
VERSION = "networking.istio.io/v1"
NOBODY = "shipway-nobody"
"""A subset without pods: the mesh answers with 503."""


def service_of(rule: Object) -> str:
    """The Service whose pods they are."""
    return str(rule["spec"]["host"]).partition(".")[0]


def check(rule: Object, name: str, namespace: str) -> None:
    """Raises `NotByIstio` for one that does not hold for all of the host's callers, or is of another namespace."""
    _, _, domain = str(rule["spec"]["host"]).partition(".")
    told = {"at": "destination_rule"}
    require(
        not rule["spec"].get("workloadSelector"),
        f"DestinationRule {name} has a workloadSelector",
        why="Callers that it does not choose, such as the gateway, would not know the versions' subsets.",
        fix="Name one without it.",
        **told,
    )
    require(
        not domain or domain.partition(".")[0] == namespace,
        f"DestinationRule {name} is of {rule['spec']['host']}",
        why=f"The pods are in the namespace {namespace}.",
        fix="Name the one of the Service before the pods.",
        **told,
    )


def of_user(rule: Object) -> list[Object]:
    """Those that are not Shipway's."""
    return [one for one in rule["spec"].get("subsets") or () if not _is_own(one)]


def _is_own(subset: Object) -> bool:
    return subset["name"] == NOBODY or marks.REVISION in (subset.get("labels") or {})


def names_of_own(rule: Object) -> set[str]:
    """Of Shipway's."""
    return {str(one["name"]) for one in rule["spec"].get("subsets") or () if _is_own(one)}


def labels_of(rule: Object, name: str | None) -> Mapping[str, str] | None:
    """Which pods a subset of the user's has; those of the host where none is named. None: nobody defines it."""
    if name is None:
        return {}
    return next((one.get("labels") or {} for one in of_user(rule) if one["name"] == name), None)


def wanted(owner: str, rule: Object, wish: Wish, revisions: Iterable[RevisionId]) -> list[Object]:
    """Of these revisions, as they are to be; a policy of the subset that had the requests before is theirs too."""
    named = wish.before.get("subset")
    policy = next((one.get("trafficPolicy") for one in of_user(rule) if one["name"] == named), None)
    kept = {"trafficPolicy": deepcopy(policy)} if policy else {}
    made = [_subset(owner, revision) | kept for revision in sorted(set(revisions))]
    return [*made, {"name": NOBODY, "labels": {marks.REVISION: NOBODY}}]


def _subset(owner: str, revision: RevisionId) -> Object:
    labels = {marks.REVISION: marks.label_of(revision), marks.REQUESTS: marks.YES}
    return {"name": name_of(owner, revision), "labels": {marks.SERVICE: marks.label_of(owner), **labels}}


def moved(rule: Object, number: int, made: Iterable[Object], known: Iterable[RevisionId]) -> Object:
    """What is applied: `made` beside the user's own, and those of revisions that are still `known`."""
    fresh = {one["name"]: one for one in made}
    labels = {marks.label_of(revision) for revision in known}
    former = [
        one
        for one in rule["spec"].get("subsets") or ()
        if _is_own(one) and one["name"] not in fresh and one["labels"].get(marks.REVISION) in labels
    ]
    subsets = [*deepcopy(of_user(rule)), *deepcopy(former), *fresh.values()]
    return {
        "apiVersion": VERSION,
        "kind": "DestinationRule",
        "metadata": fencing.changing(rule, number),
        "spec": {"subsets": subsets},
    }


def without_own(spec: Object) -> Object:
    """As the user has it."""
    made = {**spec, "subsets": of_user({"spec": spec})}
    return made if made["subsets"] else {key: value for key, value in made.items() if key != "subsets"}
