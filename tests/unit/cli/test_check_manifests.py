"""`shipway check --manifests`: what is wrong with them, without a release file and without a cluster."""

import json
from pathlib import Path

import pytest
import yaml

from shipway.cli.check import Trying, check
from shipway.errors import Exit
from unit.manifests.cases import BUDGET, PROBE, SERVICE, WEB


def test_what_is_well_is_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "all.yaml").write_text(WEB + SERVICE + BUDGET)
    assert check(trying=Trying(manifests=(str(tmp_path),))) == Exit.DONE
    assert "Nothing in 3 manifests would lose a request." in capsys.readouterr().out


def test_a_hazard_is_refused_with_a_patch_to_be_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "all.yaml").write_text(WEB.replace(PROBE, ""))
    assert check(trying=Trying(manifests=(str(tmp_path),))) == Exit.REFUSED
    printed = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in printed if "where" not in line)
    begins = printed.index("    apiVersion: apps/v1")
    patch = yaml.safe_load("\n".join(printed[begins : printed.index("", begins)]))
    assert patch["kind"] == "Deployment"
    assert any("no-readiness-probe" in line for line in printed)


def test_programs_get_the_patch_as_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "all.yaml").write_text(WEB.replace(PROBE, ""))
    assert check(trying=Trying(manifests=(str(tmp_path),)), json=True) == Exit.REFUSED
    (told,) = json.loads(capsys.readouterr().out)
    assert told["rule"] == "no-readiness-probe" and told["is_fine"] is False
    (container,) = yaml.safe_load("\n".join(told["rewrite"]))["spec"]["template"]["spec"]["containers"]
    assert "readinessProbe" in container


NOBODY = """
apiVersion: v1
kind: Config
clusters: [{name: one, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: one, user: {token: none}}]
contexts: [{name: one, context: {cluster: one, user: one}}]
current-context: one
"""
RELEASE = """
service: web
platform: {kubernetes: {manifests: [k8s], image: "web:{version}", kubeconfig: nobody.yaml}}
"""


def test_with_a_release_file_it_is_told_beside_a_cluster_that_is_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "home"))
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "all.yaml").write_text(WEB)
    (tmp_path / "nobody.yaml").write_text(NOBODY)
    (tmp_path / "shipway.yaml").write_text(RELEASE)
    assert check("1.9.0", json=True) == Exit.REFUSED
    told = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert told["cluster"]["said"] == "the API server does not answer"
    assert told["manifest"]["rule"] == "one-replica", "the release file's replicas count, not the manifest's"
