"""From manifests to what a revision keeps, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest

from shipway.adapters.platforms.kubernetes.reading import BadManifest, read

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: checkout}
spec:
  selector: {matchLabels: {app: checkout}}
  template:
    metadata: {labels: {app: checkout}}
    spec:
      containers:
        - name: app
          image: old
          ports: [{containerPort: 8080}]
          envFrom: [{configMapRef: {name: settings}}]
        - name: logs
          image: logs
"""
CONFIGS = """
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {LEVEL: info}}
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: other}, data: {}}
"""
SELECTOR = "  selector: {matchLabels: {app: checkout}}\n"


def told(folder: Path, text: str = DEPLOYMENT, **options: object) -> dict[str, object]:
    (folder / "k8s").mkdir(exist_ok=True)
    (folder / "k8s" / "all.yaml").write_text(text)
    return dict(read({"manifests": ["k8s"], "image": "shop:2", **options}, root=folder, where="shipway.yaml:4"))


def test_the_deployment_is_kept_with_the_version_s_image_and_its_port(tmp_path: Path) -> None:
    found = told(tmp_path)
    assert found["port"] == 8080 and found["container"] == "app"
    containers = found["workload"]["spec"]["template"]["spec"]["containers"]  # type: ignore[index]
    assert [container["image"] for container in containers] == ["shop:2", "logs"]


def test_only_configurations_that_pods_read_belong_to_the_version(tmp_path: Path) -> None:
    (config,) = told(tmp_path, f"{DEPLOYMENT}---{CONFIGS}")["configs"]  # type: ignore[misc]
    assert config["metadata"]["name"] == "settings"


def test_a_chosen_container_and_port_win(tmp_path: Path) -> None:
    found = told(tmp_path, container="logs", port=9000)
    assert (found["container"], found["port"]) == ("logs", 9000)


@pytest.mark.parametrize(
    ("text", "options", "what"),
    [
        ("", {}, "it is not said which Deployment"),
        (DEPLOYMENT, {"deployment": "cart"}, "there is no Deployment cart"),
        (
            f"{DEPLOYMENT}---{DEPLOYMENT.replace('name: checkout', 'name: cart')}",
            {},
            "it is not said which Deployment",
        ),
        (DEPLOYMENT.replace(SELECTOR, ""), {}, "Deployment checkout has no selector"),
        (DEPLOYMENT.replace("labels: {app: checkout}", "labels: {}"), {}, "does not choose its own pods"),
        (DEPLOYMENT, {"container": "web"}, "has no container web"),
        (DEPLOYMENT, {"container": "logs"}, "where container logs takes requests"),
        ("a: [", {}, "all.yaml cannot be read"),
        ("- 1", {}, "all.yaml has something that is no manifest"),
        ("kind: Service", {}, "all.yaml has a Service without a name"),
        ("kind: StatefulSet\nmetadata: {name: db}", {}, "it is not said which Deployment"),
    ],
)
def test_what_no_version_can_be_derived_from_is_told_in_four_lines(
    tmp_path: Path, text: str, options: dict[str, object], what: str
) -> None:
    with pytest.raises(BadManifest) as failure:
        told(tmp_path, text, **options)
    assert what in failure.value.what
    assert failure.value.where and failure.value.why and failure.value.fix


def test_a_folder_without_manifests_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadManifest, match="there are no manifests at k8s"):
        read({"manifests": ["k8s"], "image": "x"}, root=tmp_path, where="shipway.yaml:4")


IN_PLACE = {"update": {"kind": "Deployment"}}


def test_what_is_updated_in_place_is_named_by_its_kind(tmp_path: Path) -> None:
    placed = DEPLOYMENT.replace("kind: Deployment", "kind: StatefulSet")
    found = told(tmp_path, f"{DEPLOYMENT}---{placed}", update={"kind": "StatefulSet"})
    assert found["workload"]["kind"] == "StatefulSet"  # type: ignore[index]
    with pytest.raises(BadManifest, match="there is no StatefulSet other"):
        told(tmp_path, placed, update={"kind": "StatefulSet", "name": "other"})


@pytest.mark.parametrize(
    ("kind", "fix"),
    [("StatefulSet", "Write `update: {kind: StatefulSet}`"), ("DaemonSet", "Write `update: {kind: DaemonSet}`")],
)
def test_other_workloads_are_refused_with_what_can_be_done(tmp_path: Path, kind: str, fix: str) -> None:
    with pytest.raises(BadManifest, match=f"A {kind} has no two versions side by side") as caught:
        told(tmp_path, DEPLOYMENT.replace("kind: Deployment", f"kind: {kind}"))
    assert fix in str(caught.value) and len(str(caught.value).splitlines()) == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("  strategy: {type: Recreate}\n", "ends all pods before it makes new ones"),
        ("  updateStrategy: {type: OnDelete}\n", "keeps pods from being replaced"),
        ("  updateStrategy: {rollingUpdate: {partition: 2}}\n", "keeps pods from being replaced"),
        ("  ordinals: {start: 1}\n", "do not begin with 0"),
    ],
)
def test_what_keeps_a_release_from_being_steered_is_refused(tmp_path: Path, change: str, said: str) -> None:
    with pytest.raises(BadManifest, match=said) as caught:
        told(tmp_path, DEPLOYMENT.replace(SELECTOR, f"{change}{SELECTOR}"), **IN_PLACE)
    assert len(str(caught.value).splitlines()) == 4


def test_an_autoscaler_of_it_is_kept_but_for_one_of_a_daemon_set(tmp_path: Path) -> None:
    scaler = (
        "---\nkind: HorizontalPodAutoscaler\nmetadata: {name: checkout}\n"
        "spec: {scaleTargetRef: {kind: Deployment, name: checkout}}\n"
    )
    found: Any = told(tmp_path, DEPLOYMENT + scaler, **IN_PLACE)
    assert found["autoscaler"]["metadata"]["name"] == "checkout"
    per_node = (DEPLOYMENT + scaler).replace("kind: Deployment", "kind: DaemonSet")
    with pytest.raises(BadManifest, match="cannot say how many pods DaemonSet checkout has"):
        told(tmp_path, per_node, update={"kind": "DaemonSet"})
