"""The small deciders of the Docker platform, without an engine."""

import time
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from shipway.adapters.platforms.docker import seeing
from shipway.adapters.platforms.docker.containers import Containers
from shipway.adapters.platforms.docker.images import _repository
from shipway.adapters.platforms.docker.network import free_addresses
from shipway.adapters.platforms.docker.output import Output
from shipway.adapters.platforms.docker.pulling import _told
from shipway.adapters.replicas.container import Container
from shipway.adapters.replicas.health import HealthOptions
from shipway.adapters.replicas.records import Ending, Records, ReplicaRecord
from shipway.errors import PortError
from shipway.model.revision import RevisionId

HALF = IPv4Network("172.30.0.0/29")
NEVER = "0001-01-01T00:00:00Z"


def inspected(status: str = "running", *, pid: int = 7, **state: Any) -> dict[str, Any]:
    """What Docker says of a container."""
    told = {
        "Status": status,
        "Pid": pid,
        "ExitCode": 0,
        "Error": "",
        "StartedAt": "2026-11-30T03:58:49.5Z",
        **state,
    }
    return {"Id": "c1", "Name": "/checkout-1", "State": told, "RestartCount": 2, "Config": {}}


def record(container: Container) -> ReplicaRecord:
    return ReplicaRecord(
        id="checkout-1",
        revision=RevisionId("1.0-1"),
        version="1.0",
        generation=2,
        port=8000,
        environment={"SHIPWAY_SERVICE": "checkout"},
        stop_grace=5.0,
        health=HealthOptions(),
        created_at=0.0,
        container=container,
    )


class TestAddresses:
    def test_begin_behind_the_gateway(self) -> None:
        assert free_addresses(2, HALF, taken=(), after=None) == ("172.30.0.2", "172.30.0.3")

    def test_one_that_was_given_back_is_the_last_to_be_given_out(self) -> None:
        assert free_addresses(2, HALF, taken=("172.30.0.7",), after="172.30.0.5") == ("172.30.0.6", "172.30.0.2")

    def test_run_out(self) -> None:
        with pytest.raises(PortError, match="no 7 free addresses"):
            free_addresses(7, HALF, taken=(), after=None)

    def test_of_another_network_are_no_beginning(self) -> None:
        assert free_addresses(1, HALF, taken=(), after="10.0.0.9") == ("172.30.0.2",)


class TestContainers:
    def test_that_run_are_processes(self) -> None:
        found = seeing.process(inspected(), restarts=3)
        assert (found.name, found.pid, found.restarts, found.exit_code) == ("checkout-1", 7, 5, None)
        assert found.started_at == pytest.approx(1796011129.5) and found.detail == "" == found.unwell

    def test_that_ended_say_how(self) -> None:
        found = seeing.process(inspected("restarting", pid=0, ExitCode=137, OOMKilled=True))
        assert (found.state, found.exit_code, found.detail) == ("BACKOFF", -9, "killed by signal 9, out of memory")
        assert seeing.process(inspected("exited", pid=0, ExitCode=3)).detail == "exited with 3"

    def test_that_never_ran_have_no_beginning(self) -> None:
        found = seeing.process(inspected("created", pid=0, StartedAt=NEVER))
        assert (found.state, found.started_at, found.detail) == ("STOPPED", 0.0, "not started yet")

    @pytest.mark.parametrize(
        ("health", "unwell"),
        [
            (None, ""),
            ({"Status": "healthy", "Log": []}, ""),
            ({"Status": "starting", "Log": []}, "its HEALTHCHECK has not answered yet"),
            ({"Status": "unhealthy", "Log": [{"Output": "wget:\nrefused\n"}]}, "its HEALTHCHECK fails: refused"),
        ],
    )
    def test_that_ask_themselves_are_believed(self, health: object, unwell: str) -> None:
        assert seeing.process(inspected(Health=health)).unwell == unwell

    def test_that_were_paused_take_no_requests(self) -> None:
        assert seeing.process(inspected("paused")).unwell == "paused by other hands"


@pytest.mark.parametrize(
    ("written", "repository"),
    [
        ("shop/checkout:1.9", "shop/checkout"),
        ("127.0.0.1:5000/checkout", "127.0.0.1:5000/checkout"),
        ("127.0.0.1:5000/checkout:1.9@sha256:0a", "127.0.0.1:5000/checkout"),
    ],
)
def test_a_port_is_not_a_tag(written: str, repository: str) -> None:
    assert _repository(written) == repository


class TestPulling:
    def test_tells_what_happens_without_progress(self, capsys: pytest.CaptureFixture[str]) -> None:
        answers = [
            {"status": "Pulling from x", "id": "1"},
            {"status": "Downloading", "id": "2"},
            {"status": "Done"},
        ]
        _told(answers, "unix:///s", "x:1")
        assert capsys.readouterr().out == "1 Pulling from x\nDone\n"

    def test_fails_with_the_engines_reason(self) -> None:
        with pytest.raises(PortError, match="x:1 cannot be pulled"):
            _told([{"status": "Pulling"}, {"error": "manifest unknown"}], "unix:///s", "x:1")


class TestOutput:
    def test_is_written_once_whoever_writes(self, tmp_path: Path) -> None:
        path = tmp_path / "a.log"
        frames = [b"2026-11-30T03:58:49.100000000Z one\n", b"2026-11-30T03:58:50.200000000Z two\n"]
        Output(path).take(frames)
        Output(path).take([*frames, b"2026-11-30T03:58:51.300000000Z three\n"])
        assert path.read_bytes() == b"one\ntwo\nthree\n"


class TestWhatOthersChanged:
    MADE = Container(engine="unix:///x", image="shop@sha256:aa", network="own", memory=2**28, cpus=1.5)

    def seen(self, **host: Any) -> dict[str, Any]:
        """As it was made, but for this."""
        policy = {"Name": host.pop("policy", "unless-stopped")}
        told = {"Memory": 2**28, "NanoCpus": 1_500_000_000, "RestartPolicy": policy}
        image, networks = host.pop("image", "shop@sha256:aa"), host.pop("networks", {"own": {}})
        return {
            "Name": f"/{host.pop('name', 'checkout-1')}",
            "Config": {"Image": image},
            "HostConfig": {**told, **host},
            "NetworkSettings": {"Networks": networks},
        }

    def test_is_nothing_where_it_is_as_it_was_made(self) -> None:
        assert seeing.changed(self.seen(), record(self.MADE)) == ""

    @pytest.mark.parametrize(
        ("how", "said"),
        [
            ({"image": "shop:hotfix"}, "it runs shop:hotfix"),
            ({"Memory": 2**29}, "it may take 512 MiB"),
            ({"Memory": 0}, "it may take any memory"),
            ({"NanoCpus": 0}, "it gets another share of the processors"),
            ({"policy": ""}, "its restart policy is no"),
            ({"name": "old"}, "it was renamed old"),
            ({"networks": {}}, "it left the network own"),
        ],
    )
    def test_is_said_in_a_few_words(self, how: dict[str, Any], said: str) -> None:
        assert seeing.changed(self.seen(**how), record(self.MADE)) == said


class TestOneThatStandsStill:
    """Between the end and the start of a restart."""

    def seen(self) -> dict[str, Any]:
        return inspected("exited", pid=0)

    @pytest.mark.parametrize(("ago", "state"), [(1.0, "BACKOFF"), (1000.0, "STOPPED")])
    def test_was_stopped_by_others_unless_we_are_starting_it_again(
        self, tmp_path: Path, ago: float, state: str
    ) -> None:
        records, containers = Records(tmp_path, "checkout"), Containers("unix:///x", tmp_path)
        records.keep_ending("checkout-1", Ending(time.time() - ago, "it did not answer"))
        seen = {**self.seen(), "Config": {"Image": "shop@sha256:aa"}, "RestartCount": 0}
        seen |= {key: value for key, value in TestWhatOthersChanged().seen().items() if key != "Config"}
        assert containers.kept(seen, records, record(TestWhatOthersChanged.MADE)).state == state
