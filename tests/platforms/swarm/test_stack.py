"""A service of a stack file, released as it stands there; what else is in the Swarm is left alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand
from platforms.docker import shop as contained
from platforms.docker.docker_stand import APP_IMAGE
from platforms.docker.engine import Engine
from platforms.swarm.shop import told
from platforms.swarm.swarm_stand import NETWORK, inspected, running_task, services

pytestmark = pytest.mark.real
NANO = 10**9


def stacked(stand: Stand, engine: Engine, **options: object) -> None:
    """The shop's recipe moves from the release file into a stack file, with more than a release file can say."""
    folder, recipe = stand.folder, contained.platform(engine)["docker"]
    assert isinstance(recipe, dict)
    (folder / "rules").write_text("be kind\n")
    deploy = {
        "replicas": 2,
        "labels": {"tier": "front"},
        "placement": {"constraints": ["node.role == manager"]},
        "resources": {"limits": {"memory": "512m", "pids": 200}, "reservations": {"memory": "8m"}},
        "update_config": {"parallelism": 1, "delay": "1s", "order": "start-first", "failure_action": "rollback"},
        "restart_policy": {"condition": "any", "delay": "2s"},
    }
    service = {
        "image": "${IMAGE:-" + APP_IMAGE + "}",
        "command": recipe["command"],
        "environment": recipe["env"],
        "ports": [f"{stand.port}:8000"],
        "volumes": [*recipe["volumes"], "data:/srv/data"],
        "tmpfs": "/scratch:size=1m",
        "networks": [NETWORK],
        "secrets": [{"source": "password", "target": "db", "mode": "0400"}],
        "configs": [{"source": "rules", "target": "/etc/rules"}],
        "extra_hosts": ["elsewhere:192.0.2.7"],
        "healthcheck": {"test": ["CMD", "true"], "interval": "1s"},
        "stop_grace_period": "20s",
        "init": True,
        "deploy": deploy,
    }
    whole = {
        "name": stand.service,
        "services": {"web": service, "other": {"image": APP_IMAGE}},
        "networks": {NETWORK: {"external": True}},
        "volumes": {"data": {}},
        "secrets": {"password": {"external": True, "name": f"{stand.service}-password"}},
        "configs": {"rules": {"file": "./rules"}},
    }
    (folder / "stack.yaml").write_text(yaml.safe_dump(whole))
    stand.wish["platform"] = {
        "swarm": {"stack": "stack.yaml", "service": "web", "engine": engine.address, **options}
    }
    (folder / "password").write_text("sesame\n")
    engine.ask("secret", "create", f"{stand.service}-password", str(folder / "password"))


@pytest.mark.parametrize("options", [{}, {"update": {}}], ids=["ours", "native"])
def test_a_service_of_a_stack_is_released_beside_the_others(
    swarm: Engine, tmp_path: Path, options: Mapping[str, object]
) -> None:
    async def story(stand: Stand) -> None:
        stacked(stand, swarm, **options)
        other = f"{stand.service}_other"
        label = f"com.docker.stack.namespace={stand.service}"
        words = ["--detach", "--no-resolve-image", "--name", other, "--label", label, "--network", NETWORK]
        swarm.ask("service", "create", *words, APP_IMAGE, "sleep", "600")
        try:
            before = inspected(swarm, other)
            await stand.ship_first("1.8.2")
            load = stand.users()
            await stand.ship("1.9.0", strategy="rolling")
            await nothing_was_lost(load)
            ours = [name for name in services(swarm, stand.service) if name != other]
            assert len(ours) == (1 if options else 2)
            assert_as_written(swarm, inspected(swarm, ours[0])["Spec"], stand)
            task = running_task(swarm, ours[0])["Status"]["ContainerStatus"]["ContainerID"]
            assert swarm.ask("exec", task, "cat", "/run/secrets/db", "/etc/rules").stdout == "sesame\nbe kind\n"
            assert inspected(swarm, other)["Version"] == before["Version"]
        finally:
            swarm.ask("service", "rm", other)

    told(swarm, tmp_path, story)


def assert_as_written(engine: Engine, spec: dict[str, Any], stand: Stand) -> None:
    """In the Swarm's own words."""
    task = spec["TaskTemplate"]
    container, volume = task["ContainerSpec"], f"{stand.service}_data"
    assert spec["Labels"]["tier"] == "front"
    assert task["Placement"]["Constraints"] == ["node.role == manager"]
    assert task["Resources"]["Limits"] == {"MemoryBytes": 512 * 2**20, "Pids": 200}
    assert task["Resources"]["Reservations"] == {"MemoryBytes": 2**23}
    assert task["RestartPolicy"]["Delay"] == 2 * NANO
    assert container["Healthcheck"] == {"Test": ["CMD", "true"], "Interval": NANO}
    assert container["StopGracePeriod"] == 20 * NANO and container["Hosts"] == ["192.0.2.7 elsewhere"]
    assert [one["Target"] for one in container["Mounts"]][-2:] == ["/srv/data", "/scratch"]
    assert container["Secrets"][0]["File"] == {"Name": "db", "UID": "0", "GID": "0", "Mode": 0o400}
    assert engine.inspect(volume)["Labels"] == {"com.docker.stack.namespace": stand.service}


def test_networks_that_are_missing_are_made_as_a_stack_would(swarm: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        stacked(stand, swarm)
        text = (stand.folder / "stack.yaml").read_text()
        whole = yaml.safe_load(text)
        whole["networks"]["back"] = {"driver_opts": {"com.docker.network.driver.mtu": "1400"}}
        whole["services"]["web"]["networks"] = [NETWORK, "back"]
        (stand.folder / "stack.yaml").write_text(yaml.safe_dump(whole))
        await stand.ship_first("1.8.2")
        found = swarm.inspect(f"{stand.service}_back")
        assert (found["Driver"], found["Scope"]) == ("overlay", "swarm")
        assert found["Labels"] == {"com.docker.stack.namespace": stand.service}
        assert found["Options"]["com.docker.network.driver.mtu"] == "1400"

    told(swarm, tmp_path, story)
