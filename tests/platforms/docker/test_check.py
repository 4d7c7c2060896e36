"""`shipway check` tries a container as it tries a process, and leaves nothing behind."""

from pathlib import Path

import pytest

from platforms.docker.docker_stand import DockerStand
from shipway.cli.render.findings import Finding
from shipway.cli.shell.trying_container import tried
from shipway.home import Home
from shipway.model.revision import Revision, RevisionId

pytestmark = pytest.mark.real


def found(stand: DockerStand, revision: Revision) -> Finding:
    home = Home(stand.home)
    finding = stand.run(tried(home, revision, address=stand.engine.address, where="here"))
    left = stand.engine.ask("ps", "--all", "--filter", "label=shipway.check", "--format", "{{.Names}}").stdout
    assert stand.service not in left
    assert not list(stand.home.glob("services/*/replicas/*.json")) and not list(
        stand.home.glob("services/*/jobs/*")
    )
    return finding


def test_a_container_that_becomes_ready_is_fine(stand: DockerStand) -> None:
    finding = found(stand, stand.revision("1.0", written="shop"))
    assert finding.is_fine and "says that it is alive" in finding.said


def test_one_that_ends_is_told_with_its_last_lines(stand: DockerStand) -> None:
    command = ["sh", "-c", "echo no database; exit 3"]
    finding = found(stand, stand.revision("1.0", written="shop", command=command))
    assert finding.is_fine is False and "ended with exit code 3" in finding.said
    assert finding.output == ("no database",)


def test_one_whose_own_check_fails_is_told(stand: DockerStand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shipway.cli.shell.trying_container.READY_SECONDS", 3.0)
    check = {"test": ["CMD-SHELL", "echo no disk; exit 1"], "interval": 300_000_000, "retries": 1}
    finding = found(stand, stand.revision("1.0", written="shop", healthcheck=check))
    assert finding.is_fine is False and finding.said == "its HEALTHCHECK fails: no disk"


@pytest.mark.parametrize(("beats", "is_fine"), [(True, True), (False, False)])
def test_a_worker_is_tried_by_its_heartbeat(
    stand: DockerStand, monkeypatch: pytest.MonkeyPatch, beats: bool, is_fine: bool
) -> None:
    monkeypatch.setattr("shipway.cli.shell.trying.READY_SECONDS", 20.0 if beats else 3.0)
    beat = "touch $SHIPWAY_HEARTBEAT; " if beats else ""
    command = ["sh", "-c", f"while true; do {beat}sleep 0.1; done"]
    told = stand.revision("1.0", written="mail", command=command, heartbeat={"within": 5.0})
    worker = Revision(id=RevisionId("1.0-1"), service=told.service, version="1.0", platform=told.platform)
    finding = found(stand, worker)
    assert finding.is_fine is is_fine, finding
    assert is_fine or "no heartbeat" in finding.said


def test_an_image_that_is_not_here_is_not_pulled(stand: DockerStand, tmp_path: Path) -> None:
    finding = found(stand, stand.revision("1.0", written="shop", image="shipway/nowhere:1"))
    assert finding.is_fine is None and "the image is not here" in finding.said
