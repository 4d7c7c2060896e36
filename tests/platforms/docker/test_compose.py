"""A service of a Compose file, released as it stands there; what else is in the file is left alone."""

import asyncio
from pathlib import Path

import pytest
import yaml

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand
from platforms.docker.docker_stand import APP_IMAGE
from platforms.docker.engine import Engine
from platforms.docker.shop import platform, shop

pytestmark = pytest.mark.real


def composed(stand: Stand, engine: Engine) -> None:
    """The shop's recipe moves from the release file into a Compose file, with more than a release file can say."""
    folder, recipe = stand.folder, platform(engine)["docker"]
    assert isinstance(recipe, dict)
    (folder / "password").write_text("sesame\n")
    (folder / "shop.env").write_text("TOKEN='from a file'\n")
    service = {
        "image": "${IMAGE:-" + APP_IMAGE + "}",
        "command": recipe["command"],
        "environment": recipe["env"],
        "env_file": "shop.env",
        "ports": [f"{stand.port}:8000"],
        "volumes": [*recipe["volumes"], "data:/srv/data"],
        "networks": ["back"],
        "secrets": ["password"],
        "extra_hosts": ["elsewhere:192.0.2.7"],
        "healthcheck": {"test": ["CMD", "true"], "interval": "1s"},
        "init": True,
        "deploy": {"replicas": 2},
    }
    whole = {
        "name": stand.service,
        "services": {"web": service, "other": {"image": APP_IMAGE}},
        "networks": {"back": {}},
        "volumes": {"data": {}},
        "secrets": {"password": {"file": "./password"}},
    }
    (folder / "compose.yaml").write_text(yaml.safe_dump(whole))
    stand.wish["platform"] = {"docker": {"compose": "compose.yaml", "service": "web", "engine": engine.address}}


def other(engine: Engine, stand: Stand) -> str:
    """Another service of the same file, which Compose started."""
    label = f"com.docker.compose.project={stand.service}"
    words = ["run", "--detach", "--network", "none", "--label", label, APP_IMAGE, "sleep", "600"]
    return engine.ask(*words).stdout.strip()


def test_a_service_of_a_compose_file_is_released_beside_the_others(engine: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        composed(stand, engine)
        beside = other(engine, stand)
        await stand.ship_first("1.8.2")
        load = stand.users()
        await stand.ship("1.9.0", strategy="rolling")
        await nothing_was_lost(load)
        assert_as_written(engine, stand)
        assert engine.inspect(beside)["State"]["Running"]

    async def played() -> None:
        async with shop(engine, tmp_path) as stand:
            try:
                await story(stand)
            finally:
                engine.forget(f"shipway.home={stand.home.path}")
                engine.forget(f"com.docker.compose.project={stand.service}")

    asyncio.run(played())


def assert_as_written(engine: Engine, stand: Stand) -> None:
    """What the file says is so, and its secrets are told to the program alone."""
    name = engine.named(f"{stand.service}-1.9.0")[0]
    found = engine.inspect(name)
    assert f"{stand.service}_back" in found["NetworkSettings"]["Networks"]
    assert found["HostConfig"]["ExtraHosts"] == ["elsewhere:192.0.2.7"]
    assert found["Config"]["Healthcheck"]["Test"] == ["CMD", "true"]
    assert engine.ask("exec", name, "cat", "/run/secrets/password").stdout == "sesame\n"
    assert "TOKEN=from a file" in engine.ask("exec", name, "sh", "-c", "cat /proc/*/environ").stdout
    assert "from a file" not in str(found) and "sesame" not in str(found)
    assert engine.inspect(f"{stand.service}_data")["Labels"]["com.docker.compose.volume"] == "data"
