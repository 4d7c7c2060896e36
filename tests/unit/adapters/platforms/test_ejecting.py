"""Replicas written down for others: units of systemd, a Procfile, a Compose file."""

import shlex
from pathlib import Path
from typing import Any

import yaml

from shipway.adapters.platforms.docker.ejecting import composed
from shipway.adapters.platforms.process.ejecting import procfile, unit
from shipway.adapters.platforms.swarm import beating
from shipway.adapters.platforms.swarm.ejecting import composed as stack_of
from shipway.adapters.replicas.container import Container, Given, InSwarm
from shipway.adapters.replicas.health import HealthOptions, Heartbeat
from shipway.adapters.replicas.records import ReplicaRecord
from shipway.adapters.supervisor import Secrets
from shipway.model.revision import RevisionId
from shipway.spec.load import load
from shipway.spec.revision import platform_of

ENVIRONMENT = {"SHIPWAY_SERVICE": "shop", "GREETING": 'say "100%" for $5\n'}


def record(**options: Any) -> ReplicaRecord:
    told: dict[str, Any] = {
        "id": "shop-1.0-g2-1",
        "revision": RevisionId("1.0-1"),
        "version": "1.0",
        "generation": 2,
        "port": 20_001,
        "environment": ENVIRONMENT,
        "stop_grace": 30.0,
        "health": HealthOptions(),
        "created_at": 0.0,
    }
    return ReplicaRecord(**{**told, **options})


PROCESS = record(
    command="python 'my app.py' '$x' --port 20001",
    directory="/srv/shop",
    secrets=Secrets(
        sources=({"file": "/srv/secrets.env"}, {"command": "./tell"}), directory="/srv", digest="x", key="y"
    ),
)


def test_a_unit_says_what_the_supervisor_was_told() -> None:
    lines = unit(PROCESS).splitlines()
    assert 'ExecStart="python" "my app.py" "$$x" "--port" "20001"' in lines
    assert r'Environment="GREETING=say \"100%%\" for $5\n"' in lines
    assert "EnvironmentFile=/srv/secrets.env" in lines and "# Secrets come from this command: ./tell" in lines
    assert "Restart=always" in lines and "TimeoutStopSec=30" in lines and "WorkingDirectory=/srv/shop" in lines


def test_a_procfile_has_a_line_that_a_shell_takes() -> None:
    found = record(command="./app", directory="/srv/my shop", environment={"A": "b c"})
    name, _, line = procfile([found]).partition(": ")
    assert name == "shop_1_0_g2_1"
    assert shlex.split(line) == ["cd", "/srv/my shop", "&&", "exec", "env", "A=b c", "./app"]


def test_a_compose_file_makes_containers_anew_as_they_are() -> None:
    container = Container(
        engine="unix:///x",
        image="shop@sha256:aa",
        network="own",
        networks=("db",),
        volumes=("d:/d",),
        memory=2**28,
    )
    found = composed([record(container=container, host="172.18.0.2")])
    assert yaml.safe_load(yaml.safe_dump(found)) == {
        "services": {
            "shop-1-0-g2-1": {
                "container_name": "shop-1.0-g2-1",
                "image": "shop@sha256:aa",
                "restart": "unless-stopped",
                "environment": {"SHIPWAY_SERVICE": "shop", "GREETING": 'say "100%" for $$5\n'},
                "volumes": ["d:/d"],
                "mem_limit": 2**28,
                "stop_grace_period": "30s",
                "networks": {"own": {"ipv4_address": "172.18.0.2"}, "db": {}},
            }
        },
        "networks": {"db": {"external": True}, "own": {"external": True}},
    }


def swarm_record(**options: Any) -> ReplicaRecord:
    swarm = InSwarm(
        port=8000,
        secrets=(Given("id1", "shop_key", "key", mode=0o400),),
        configs=(Given("id2", "shop-0a1b2c", "/etc/rules"),),
        constraints=("node.role == worker",),
        memory_reserved=2**25,
        container_spec={"Healthcheck": {"Test": ["CMD", "ok"], "Interval": 5 * 10**9}},
        **options,
    )
    container = Container(
        engine="unix:///x", image="shop@sha256:0a", networks=("back",), volumes=("data:/data",), swarm=swarm
    )
    return record(container=container)


def test_a_stack_file_makes_services_anew_as_they_are(tmp_path: Path) -> None:
    """Our own reader takes it, so what a stack file cannot say is not in it."""
    found = stack_of([swarm_record()])
    (tmp_path / "stack.yaml").write_text(yaml.safe_dump(found))
    told = "variables: {COMPOSE_PROJECT_NAME: shop}, without: [ports]"
    text = f"service: shop\nplatform: {{swarm: {{stack: stack.yaml, service: shop-1.0-g2-1, {told}}}}}\n"
    (tmp_path / "shipway.yaml").write_text(text)
    platform = platform_of(load(tmp_path / "shipway.yaml"), "1.0", tmp_path)
    assert platform["image"] == "shop@sha256:0a" and platform["networks"] == ["back"]
    assert platform["reserve"] == {"memory": 2**25} and platform["constraints"] == ["node.role == worker"]
    assert platform["env"] == ENVIRONMENT and platform["volumes"] == ["data:/data"]
    assert platform["container_spec"] == {"Healthcheck": {"Test": ["CMD", "ok"], "Interval": 5 * 10**9}}
    (secret,) = platform["handed_secrets"]  # type: ignore[misc]
    assert (secret["name"], secret["target"], secret["mode"]) == ("shop_key", "key", 0o400)
    assert found["services"]["shop-1.0-g2-1"]["ports"] == [{"target": 8000, "mode": "host", "published": 20_001}]


def test_a_service_keeps_its_port_of_the_routing_mesh() -> None:
    found = stack_of([swarm_record(task="t1"), swarm_record(task="t2")], published=8080)
    (service,) = found["services"].values()
    mesh = {"target": 8000, "published": 8080, "mode": "ingress"}
    assert service["ports"] == [mesh, {"target": 8000, "mode": "host"}] and service["deploy"]["replicas"] == 2


FURTHER = {
    "Hostname": "own",
    "TTY": True,
    "OpenStdin": True,
    "CapabilityAdd": ["NET_ADMIN"],
    "CapabilityDrop": ["ALL"],
    "Groups": ["audio"],
    "Hosts": ["10.0.0.7 db"],
    "DNSConfig": {"Nameservers": ["10.0.0.2"], "Search": ["lan"], "Options": ["ndots:1"]},
    "Sysctls": {"net.core.somaxconn": "1024"},
    "Ulimits": [{"Name": "nproc", "Soft": 64, "Hard": 128}],
}
TASK = {
    "Resources": {"Limits": {"Pids": 64}},
    "RestartPolicy": {"Delay": 3 * 10**9},
    "Placement": {"Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.rack"}}], "MaxReplicas": 2},
    "LogDriver": {"Name": "local", "Options": {"max-size": "1m"}},
}


def test_whatever_a_swarm_was_told_stands_in_the_stack_file(tmp_path: Path) -> None:
    """A worker: no port, a heartbeat whose look has dollars in it, and all that a stack file can say."""
    spec = beating.seen(FURTHER, Heartbeat(within=30.0))
    swarm = InSwarm(port=0, container_spec=spec, task_template=TASK)
    script = ("sh", "-c", "echo $HOME")
    container = Container(
        engine="unix:///x", image="shop@sha256:0a", command=script, networks=("back",), swarm=swarm
    )
    found = stack_of([record(container=container)])
    assert "ports" not in found["services"]["shop-1.0-g2-1"]
    (tmp_path / "stack.yaml").write_text(yaml.safe_dump(found))
    told = "service: shop-1.0-g2-1, variables: {COMPOSE_PROJECT_NAME: shop}, update: {}"
    text = f"service: shop\nkind: worker\nplatform: {{swarm: {{stack: stack.yaml, {told}}}}}\n"
    (tmp_path / "shipway.yaml").write_text(text)
    platform = platform_of(load(tmp_path / "shipway.yaml"), "1.0", tmp_path)
    assert platform["command"] == [*script]
    assert platform["container_spec"] == spec and platform["task_template"] == TASK


def test_tasks_of_one_service_are_one_in_a_stack_file_too() -> None:
    tasks = [swarm_record(task=one) for one in ("a", "b", "c")]
    (service,) = stack_of(tasks)["services"].values()
    assert service["deploy"]["replicas"] == 3 and service["ports"] == [{"target": 8000, "mode": "host"}]
