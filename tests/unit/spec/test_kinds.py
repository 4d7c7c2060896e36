"""`kind: worker` in the release file: what it becomes, and what makes no sense with it."""

from pathlib import Path

import pytest

from shipway.errors import ShipwayError
from shipway.model.service_kind import ServiceKind
from shipway.spec.load import Loaded, parse_release
from shipway.spec.problems import InputErrors
from shipway.spec.revision import revision_of
from shipway.spec.wish import release_of

WORKER = """
service: mailer
kind: worker
platform: {process: {command: "python worker.py --version {version}", replicas: 3}}
"""


def read(text: str) -> Loaded:
    return parse_release(text, path=Path("shipway.yaml"))


def error_of(text: str) -> ShipwayError:
    with pytest.raises(InputErrors) as caught:
        read(text)
    assert len(caught.value.errors) == 1, str(caught.value)
    error: ShipwayError = caught.value.errors[0]
    assert all((error.what, error.where, error.why, error.fix))
    return error


def test_a_worker_needs_neither_port_nor_probes_and_beats_by_default(tmp_path: Path) -> None:
    loaded = read(WORKER)
    revision = revision_of(loaded, "1.0", root=tmp_path)
    assert revision.platform["heartbeat"] == {"file": None, "command": None, "within": 30.0}
    assert revision.health == {}
    assert release_of(loaded, revision.id).kind == ServiceKind.WORKER


def test_a_service_that_gets_requests_has_the_revision_that_it_had_before(tmp_path: Path) -> None:
    text = 'service: shop\nplatform: {process: {command: "./app --port {port}"}}\n'
    revision = revision_of(read(text), "1.0", root=tmp_path)
    assert "heartbeat" not in revision.platform and set(revision.health) == {"ready", "alive"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("traffic: {envoy: {listen: 8080}}", "traffic: a worker has no traffic"),
        ("health: {ready: {path: /ready}}", "health.ready: a worker is not asked over HTTP"),
        ("smoke: ./smoke.sh {url}", "smoke: a worker has no address"),
        ("drain: 10s", "drain: no request is waited for"),
        ('canary: {users: {header: {canary: "true"}}}', "canary.users: jobs have no users to tell apart"),
        ("canary: {sticky: {cookie: shipway}}", "canary.sticky: jobs have no users to tell apart"),
    ],
)
def test_what_only_requests_have_is_refused(more: str, said: str) -> None:
    assert error_of(WORKER + more).what == said


@pytest.mark.parametrize(
    ("file", "own"), [("run/beat", "run/beat.{replica}"), ("'run/{replica}.beat'", "run/{replica}.beat")]
)
def test_each_replica_has_a_heartbeat_file_of_its_own(file: str, own: str, tmp_path: Path) -> None:
    loaded = read(WORKER.replace("replicas: 3", f"replicas: 3, heartbeat: {{file: {file}, within: 30s}}"))
    assert revision_of(loaded, "1.0", root=tmp_path).platform["heartbeat"]["file"] == own


def test_a_heartbeat_without_a_worker_is_refused() -> None:
    text = WORKER.replace("kind: worker", "").replace("worker.py", "worker.py --port {port}")
    assert error_of(text.replace("replicas: 3", "heartbeat: {within: 5s}")).where.startswith("shipway.yaml:4")


def test_requests_need_a_port_as_ever() -> None:
    assert "never says {port}" in error_of(WORKER.replace("kind: worker", "")).what
