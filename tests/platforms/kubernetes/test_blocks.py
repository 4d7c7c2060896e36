"""Blocks that people write, on a real API server: what it takes, what it refuses, and what its commands do."""

import asyncio
from typing import Any

import pytest
import yaml

from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.kubernetes_stand import APP, APP_IMAGE
from platforms.kubernetes.shell import Shell
from shipway.adapters.traffic.istio.asking import tried
from shipway.errors import PortError
from unit.manifests.blocks import LINES, scripts, text
from unit.manifests.cases import HAZARDS
from unit.manifests.merging import merged
from unit.manifests.test_hazards import found, names, rewritten

pytestmark = pytest.mark.real
KNOWN = {"Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler"}
REFUSED_AS_IT_IS = {"missing-selector", "removed-version"}


def test_the_api_server_refuses_what_is_said_to_be_refused_and_takes_the_rewrite(shell: Shell) -> None:
    (shell.folder / "rolling.yaml").write_text(text("rolling.yaml"))
    refused = shell.run("kubectl apply --dry-run=server -f rolling.yaml")
    assert refused.returncode != 0 and "spec.selector" in refused.stderr
    (shell.folder / "fixed.yaml").write_text(_fixed("rolling.yaml"))
    shell.runs("kubectl apply --dry-run=server -f fixed.yaml")
    (shell.folder / "blue-green.yaml").write_text(_fixed("blue-green.yaml"))
    shell.runs("kubectl apply --dry-run=server -f blue-green.yaml")


def test_each_patch_is_one_that_kubectl_and_the_api_server_take(shell: Shell) -> None:
    tried = 0
    for name, (bad, _) in HAZARDS.items():
        of_it = [one for one in found(bad) if one.hazard.name == name and one.found.patch is not None]
        if name in REFUSED_AS_IT_IS or not {one.found.on.kind for one in of_it} <= KNOWN:
            continue
        made = {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(bad) if one}
        for one in of_it:
            key = (one.found.on.kind, one.found.on.name)
            made[key] = _patched(shell, made[key], dict(one.found.patch or {}))
        if of_it:
            written = yaml.safe_dump_all(made.values())
            assert name not in names(written), written
            (shell.folder / "made.yaml").write_text(written)
            shell.runs("kubectl apply --dry-run=server -f made.yaml")
            tried += 1
    assert tried >= 15


def test_commands_of_a_rolling_update_do_what_they_say(shell: Shell) -> None:
    _written(shell, "deployment.yaml", _runnable("shop", "v1"))
    shell.runs("kubectl apply -f deployment.yaml")
    shell.runs("kubectl rollout status deployment/shop")
    _written(shell, "deployment.yaml", _runnable("shop", "v2"))
    _all(shell, "rolling.sh")
    assert _version(shell, "shop") == "v1"
    _all(shell, "rolling-rollback.sh")
    assert _version(shell, "shop") == "v1"
    _all(shell, "cheat-sheet.sh")
    assert shell.cluster.read("deployment", "shop", "-n", shell.namespace)["spec"]["replicas"] == 10


def test_commands_of_a_switch_do_what_they_say(shell: Shell) -> None:
    service = list(yaml.safe_load_all(text("blue-green.yaml")))[-1]
    _written(shell, "blue.yaml", _runnable("shop-blue", "blue"), service)
    _written(shell, "shop-green-deployment.yaml", _runnable("shop-green", "green"))
    shell.runs("kubectl apply -f blue.yaml")
    _all(shell, "blue-green.sh")
    chosen = shell.cluster.read("service", "shop-service", "-n", shell.namespace)["spec"]["selector"]
    assert chosen == {"app": "shop", "version": "blue"}


def test_commands_of_a_canary_do_what_they_say_and_those_with_a_defect_do_not(shell: Shell) -> None:
    _written(shell, "v1.yaml", _runnable("shop-v1", "v1"))
    _written(shell, "shop-v2-deployment.yaml", _runnable("shop-v2", "v2"))
    for name in ("virtualservice-5percent.yaml", "virtualservice-0percent.yaml"):
        (shell.folder / name).write_text(text("istio-rollback.yaml"))
    shell.runs("kubectl apply -f v1.yaml")
    shell.runs("kubectl apply -f shop-v2-deployment.yaml")
    shell.runs("kubectl rollout status deployment/shop-v2")
    for line in scripts()["monitoring.sh"]:
        done = shell.run(line)
        assert (done.returncode == 0) != bool(LINES[line].defect), f"{line}: {done.stdout}{done.stderr}"
    _all(shell, "canary.sh")


def test_a_canary_by_istio_is_taken_by_the_api_server_and_its_defect_is_told_by_us(
    meshed: Cluster, shell: Shell
) -> None:
    """No other tells it: the mesh answers with 503."""
    (shell.folder / "istio.yaml").write_text(text("istio.yaml"))
    shell.runs("kubectl apply --dry-run=server -f istio.yaml")
    by_kind = {one["kind"]: one for one in yaml.safe_load_all(_fixed("istio.yaml"))}
    service = {"metadata": {"name": "shop"}, "spec": {"selector": {"app": "shop"}, "ports": [{"port": 80}]}}
    _written(shell, "mesh.yaml", by_kind["VirtualService"], {"apiVersion": "v1", "kind": "Service", **service})
    shell.runs("kubectl apply -f mesh.yaml")
    names = {"virtual_service": "shop", "destination_rule": "shop", "route": "1", "url": "http://gateway"}
    where = {"kubeconfig": str(meshed.kubeconfig), "namespace": shell.namespace}
    with pytest.raises(PortError, match="there is no DestinationRule shop"):
        asyncio.run(tried({**names, **where}, "shop"))
    _written(shell, "rule.yaml", by_kind["DestinationRule"])
    shell.runs("kubectl apply -f rule.yaml")
    said = asyncio.run(tried({**names, **where}, "shop"))
    assert said == "VirtualService shop, http route 1, at http://gateway"
    for line in (line for line in scripts()["canary.sh"] if "virtualservice" in line):
        (shell.folder / line.split()[-1]).write_text(text("istio-rollback.yaml"))
        shell.runs(line)


def test_an_undo_after_an_apply_that_was_refused_takes_back_a_version_that_was_well(shell: Shell) -> None:
    """What a pipeline does that undoes whatever failed before it."""
    for version in ("v1", "v2"):
        _written(shell, "deployment.yaml", _runnable("shop", version))
        shell.runs("kubectl apply -f deployment.yaml")
        shell.runs("kubectl rollout status deployment/shop")
    broken = _runnable("shop", "v3")
    broken["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    _written(shell, "deployment.yaml", broken)
    assert shell.run("kubectl apply -f deployment.yaml").returncode != 0
    shell.runs("kubectl rollout undo deployment/shop")
    assert _version(shell, "shop") == "v1", "v2 was well, and nobody asked for v1"


def _all(shell: Shell, name: str) -> None:
    """Every line that has no defect."""
    for line in scripts()[name]:
        if not LINES[line].defect:
            shell.runs(line)


def _fixed(name: str) -> str:
    written = text(name)
    for one in found(written):
        for patch in one.found.rewrites:
            written = rewritten(written, patch)
    return written


def _patched(shell: Shell, object: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """By kubectl itself."""
    _written(shell, "bad.yaml", object)
    _written(shell, "patch.yaml", patch)
    done = shell.runs("kubectl patch --local --filename=bad.yaml --type=strategic --patch-file=patch.yaml -o yaml")
    made: dict[str, Any] = yaml.safe_load(done)
    return made


def _runnable(name: str, version: str) -> dict[str, Any]:
    """The block's deployment as it is told to be written, with an image that is there."""
    (deployment,) = [one for one in yaml.safe_load_all(_fixed("rolling.yaml")) if one["kind"] == "Deployment"]
    container = {
        "name": "shop",
        "image": APP_IMAGE,
        "imagePullPolicy": "Never",
        "command": ["python3", "-S", "/app.py", "well", "--port", "8000"],
        "env": [{"name": "HOST", "value": "0.0.0.0"}],
        "readinessProbe": {"httpGet": {"path": "/health/ready"}, "initialDelaySeconds": 0, "periodSeconds": 1},
        "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},
        "volumeMounts": [{"name": "app", "mountPath": "/app.py", "readOnly": True}],
    }
    pod = {"containers": [container], "volumes": [{"name": "app", "hostPath": {"path": str(APP), "type": "File"}}]}
    labels = {"app": "shop", "version": version}
    selector = {"matchLabels": labels if name != "shop" else {"app": "shop"}}
    template = {"metadata": {"labels": labels}, "spec": pod}
    made = merged(deployment, {"metadata": {"name": name}, "spec": {"replicas": 2, "template": template}})
    made["spec"]["selector"] = selector
    return made


def _written(shell: Shell, name: str, *objects: dict[str, Any]) -> None:
    (shell.folder / name).write_text(yaml.safe_dump_all(objects))


def _version(shell: Shell, name: str) -> str:
    shell.runs(f"kubectl rollout status deployment/{name}")
    deployment = shell.cluster.read("deployment", name, "-n", shell.namespace)
    return str(deployment["spec"]["template"]["metadata"]["labels"]["version"])
