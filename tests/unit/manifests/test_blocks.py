"""Each block that people write for Kubernetes is well, or its defect is found and its rewrite is well."""

from pathlib import Path

import pytest
import yaml

from shipway.adapters.platforms.kubernetes.reading import read
from shipway.errors import ShipwayError
from shipway.manifests.reading import BadManifest
from shipway.spec.load import parse_release
from unit.docs.commands import complaint
from unit.manifests.blocks import FOLDER, FRAGMENTS, LINES, MANIFESTS, PIPELINE, scripts, text
from unit.manifests.cases import WEB
from unit.manifests.merging import merged
from unit.manifests.test_hazards import found, rewritten

ROUNDS_MAX = 3


def hazards(written: str) -> set[str]:
    return {one.hazard.name for one in found(written) if one.is_hazard}


def test_every_block_is_looked_at() -> None:
    assert {path.name for path in FOLDER.glob("*.yaml")} == {*MANIFESTS, *FRAGMENTS, PIPELINE}
    lines = [line for block in scripts().values() for line in block]
    assert set(lines) == set(LINES)


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_block_has_these_hazards_and_no_other(name: str) -> None:
    assert hazards(text(name)) == MANIFESTS[name]


@pytest.mark.parametrize("name", MANIFESTS)
def test_written_as_it_is_told_a_block_has_none(name: str) -> None:
    written = text(name)
    for _ in range(ROUNDS_MAX):
        for one in found(written):
            for patch in one.found.rewrites:
                written = rewritten(written, patch)
    assert hazards(written) == set(), written


def test_parts_of_a_container_make_one_without_a_hazard() -> None:
    deployment = yaml.safe_load(WEB)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    for key in ("readinessProbe", "livenessProbe", "lifecycle"):
        del container[key]
    for name in FRAGMENTS:
        container.update(merged(container, yaml.safe_load(text(name))))
    assert hazards(yaml.safe_dump(deployment)) == set()


def test_no_version_is_derived_from_the_deployment_without_a_selector(tmp_path: Path) -> None:
    (tmp_path / "rolling.yaml").write_text(text("rolling.yaml"))
    with pytest.raises(BadManifest) as failure:
        read({"manifests": ["rolling.yaml"], "image": "shop:2"}, root=tmp_path, where="shipway.yaml:4:5")
    assert str(failure.value).splitlines() == [
        "Deployment shop has no selector",
        "rolling.yaml:7:3",
        "apps/v1 wants spec.selector.matchLabels, and its pods are found by it.",
        "Write `selector: {matchLabels: {app: shop}}`, and label the pods so.",
    ]


@pytest.mark.parametrize("deployment", ["shop-blue", "shop-green"])
def test_versions_are_derived_from_either_of_two_deployments(tmp_path: Path, deployment: str) -> None:
    (tmp_path / "all.yaml").write_text(text("blue-green.yaml"))
    kept = read(
        {"manifests": ["all.yaml"], "image": "shop:2", "deployment": deployment}, root=tmp_path, where="x:1:1"
    )
    assert kept["port"] == 8000


@pytest.mark.parametrize("line", LINES)
def test_a_line_has_a_verb_of_shipway_or_a_defect(line: str) -> None:
    told = LINES[line]
    assert told.ours or told.defect
    if told.ours:
        assert complaint(told.ours) == ""


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ('rate(http_requests_total{version="{version}", status=~"5.."}[5m])', "rate() stands where a raw counter"),
        (
            'histogram_quantile(0.95, http_request_duration_seconds{version="{version}"})',
            "histogram_quantile() stands where raw buckets belong",
        ),
    ],
)
def test_a_query_of_the_wrong_shape_is_refused_where_it_is_written(query: str, what: str) -> None:
    key = "errors" if "requests" in query else "latency"
    release = (
        "service: shop\nplatform: {kubernetes: {manifests: [k8s], image: x, replicas: 2}}\n"
        "metrics:\n  prometheus:\n    url: http://prometheus:9090\n"
        f"    requests: 'http_requests_total{{version=\"{{version}}\"}}'\n    {key}: '{query}'\n"
    )
    with pytest.raises(ShipwayError) as failure:
        parse_release(release, path=Path("shipway.yaml"))
    (error,) = failure.value.errors  # type: ignore[attr-defined]
    assert what in error.what
    assert error.where.startswith("shipway.yaml:7:") and error.why and error.fix


def test_the_pipeline_s_commands_have_verbs() -> None:
    steps = yaml.safe_load(text(PIPELINE))["jobs"]["deploy"]["steps"]
    run = [line.strip() for step in steps for line in step.get("run", "").splitlines()]
    assert {line for line in run if line.startswith("kubectl")} == {
        "kubectl apply -f k8s/deployment.yaml",
        "kubectl rollout status deployment/shop --timeout=5m",
        "kubectl rollout undo deployment/shop",
    }
