"""Every hazard is found where it is, not found where it is not, and its rewrite does not have it."""

from typing import Any

import pytest
import yaml

from shipway.manifests.hazard import Finding
from shipway.manifests.hazards import NAMES, check, hazards
from shipway.manifests.reading import parsed
from shipway.manifests.setting import Setting
from unit.manifests.cases import BUDGET, DELAY, HAZARDS, PROBE, RELEASED, SCALER, SERVICE, WEB
from unit.manifests.merging import merged

SHIPPED: dict[str, Any] = {"workload": "web", "replicas": 3, "request_seconds": 30.0}


def found(text: str, **more: Any) -> list[Finding]:
    return check(Setting(manifests=tuple(parsed(text, "all.yaml")), **more))


def names(text: str, **more: Any) -> set[str]:
    return {one.hazard.name for one in found(text, **more)}


def test_every_hazard_has_a_case() -> None:
    assert set(HAZARDS) | set(RELEASED) == set(NAMES)


def test_a_hazard_is_named_as_its_file() -> None:
    assert tuple(one.name for one in hazards()) == NAMES


def test_what_is_well_has_none() -> None:
    assert names(WEB + SERVICE + BUDGET) == set()


@pytest.mark.parametrize("name", HAZARDS)
def test_it_is_found(name: str) -> None:
    assert name in names(HAZARDS[name][0])


@pytest.mark.parametrize("name", HAZARDS)
def test_it_is_not_found_where_it_is_not(name: str) -> None:
    assert name not in names(HAZARDS[name][1])


@pytest.mark.parametrize("name", RELEASED)
def test_it_is_found_beside_a_release_file(name: str) -> None:
    more, bad, good = RELEASED[name]
    assert name in names(bad, **SHIPPED, **more)
    assert name not in names(good, **SHIPPED, **more)


@pytest.mark.parametrize("name", HAZARDS)
def test_what_is_to_be_written_does_not_have_it_and_brings_nothing_else(name: str) -> None:
    bad = HAZARDS[name][0]
    patches = [each for one in found(bad) if one.hazard.name == name for each in one.found.rewrites]
    text = bad
    for patch in patches:
        text = rewritten(text, patch)
    if patches:
        assert name not in names(text), text
        assert names(text) <= names(bad), "nothing new"


@pytest.mark.parametrize("name", HAZARDS)
def test_it_says_where_why_and_what_to_do(name: str) -> None:
    (one, *_) = [one for one in found(HAZARDS[name][0]) if one.hazard.name == name]
    assert one.where.startswith("all.yaml:") and one.where.count(":") == 2
    assert one.found.what.endswith(".") and one.hazard.why.endswith(".") and one.found.fix


def rewritten(text: str, patch: dict[str, Any]) -> str:
    """The manifests with a patch merged in, or with the new object of it."""
    documents = [one for one in yaml.safe_load_all(text) if one]
    key = (patch["kind"], patch["metadata"]["name"])
    made = [merged(one, patch) if (one["kind"], one["metadata"]["name"]) == key else one for one in documents]
    new = [] if any((one["kind"], one["metadata"]["name"]) == key for one in documents) else [patch]
    return str(yaml.safe_dump_all([*made, *new]))


def test_a_delay_is_advice_in_releases_which_drain_pods_first() -> None:
    bare = WEB.replace(DELAY, "").replace("terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 5")
    told = found(bare, **SHIPPED)
    assert {one.hazard.name for one in told} == {"no-pre-stop", "short-grace"}
    assert not any(one.is_hazard for one in told)
    longer = WEB.replace("seconds: 10", "seconds: 50")
    assert [one.is_hazard for one in found(longer, **SHIPPED)] == [True], "killed in the middle of the delay"


def test_a_probe_that_shipway_gives_is_advice_and_one_that_nobody_gives_a_hazard() -> None:
    (told,) = found(WEB.replace(PROBE, ""), **SHIPPED)
    assert told.hazard.name == "no-readiness-probe" and not told.is_hazard
    (alone,) = found(WEB.replace(PROBE, ""))
    assert alone.is_hazard


def test_a_service_that_goes_past_the_way_in_is_told() -> None:
    assert names(WEB + SERVICE, **SHIPPED) == {"shared-service"}
    assert names(WEB + SERVICE, **SHIPPED, moved=frozenset({"web"})) == set()


def test_in_a_release_a_node_has_one_pod_whatever_the_manifest_says_of_surge() -> None:
    surging = HAZARDS["gap-on-each-node"][1]
    (told,) = found(surging, is_by_nodes=True)
    assert told.hazard.name == "gap-on-each-node" and not told.is_hazard and not told.found.rewrites


def test_a_port_of_the_node_leaves_no_room_for_two() -> None:
    surging = HAZARDS["gap-on-each-node"][1].replace("containerPort: 8080", "containerPort: 8080, hostPort: 80")
    assert names(surging) == {"gap-on-each-node"}


def test_other_workloads_of_the_folder_are_left_alone_by_a_release() -> None:
    database = WEB.replace("web", "db").replace(PROBE, "").replace(DELAY, "")
    assert names(f"{WEB}---{database}", **SHIPPED) == set(), "not the release's"
    assert names(f"{WEB}---{database}") == {"no-readiness-probe", "no-pre-stop"}


def test_what_somebody_accepts_is_not_told() -> None:
    bad = WEB.replace("  replicas: 3\n", "").replace(
        "{name: web}", '{name: web, annotations: {shipway.dev/accepts: "one-replica, no-pre-stop"}}'
    )
    assert names(bad.replace(DELAY, "")) == set()


@pytest.mark.parametrize(
    ("budget", "blocks"),
    [
        ("minAvailable: 2", False),
        ("minAvailable: 3", True),
        ("minAvailable: 90%", True),
        ("minAvailable: 50%", False),
        ("maxUnavailable: 0%", True),
        ("maxUnavailable: 1%", False),
    ],
)
def test_a_budget_counts_as_kubernetes_does(budget: str, blocks: bool) -> None:
    text = WEB + BUDGET.replace("maxUnavailable: 1", budget)
    assert ("blocking-budget" in names(text)) == blocks


def test_an_autoscaler_is_a_pattern_for_that_of_each_version() -> None:
    assert names(WEB + SCALER, **SHIPPED) == set()
    queue = "type: External, external: {metric: {name: queue}, target: {type: Value, value: 30}}"
    of_both = SCALER.replace(SCALER[SCALER.index("type: Resource") : -3], queue)
    assert names(WEB + of_both, **SHIPPED) == {"shared-autoscaler"}


def test_an_autoscaler_s_least_is_how_many_there_are() -> None:
    text = WEB.replace("  replicas: 3\n", "") + SCALER
    assert names(text) == set()
    assert names(text.replace("minReplicas: 3", "minReplicas: 1")) == {"one-replica"}


@pytest.mark.parametrize(
    "part", ["spec: 1", "spec: {template: []}", "spec: {template: {spec: {containers: [1]}}}"]
)
def test_nonsense_is_no_failure_of_the_check(part: str) -> None:
    names(f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\n{part}\n")


def test_how_many_there_are_is_what_a_release_file_says_also_of_what_is_updated_in_place() -> None:
    """Its manifest's own number is taken by nobody then, beside an autoscaler or without."""
    bad = HAZARDS["replicas-beside-autoscaler"][0]
    assert "replicas-beside-autoscaler" in names(bad)
    assert "replicas-beside-autoscaler" not in names(bad, replicas=3)
    assert "one-replica" in names(WEB + SERVICE + BUDGET, replicas=1)
