"""The example shop in containers, on a stand with Envoy and a controller."""

import sys
import sysconfig
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import shipway
from acceptance.stand import Stand
from platforms.docker.docker_stand import APP_IMAGE
from platforms.docker.engine import Engine

SOURCE = Path(shipway.__file__).parents[1]
PATIENT = {"deadline": "30m", "health": {"alive": {"initial_delay": "10m"}}}
"""For what takes a while on a busy machine and is about something else."""
SHOP = "python3 -S -m shipway.demo.app.checkout --host 0.0.0.0 --port {port} --version {version}"


def platform(engine: Engine, **options: object) -> dict[str, object]:
    """`platform:` for a shop whose code is that of this checkout."""
    packages = sysconfig.get_paths()["purelib"]
    return {
        "docker": {
            "engine": engine.address,
            "image": APP_IMAGE,
            "command": SHOP,
            "port": 8000,
            "replicas": 2,
            "init": True,
            "env": {"PYTHONPATH": f"{SOURCE}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"},
            "volumes": [f"{SOURCE}:{SOURCE}:ro", f"{packages}:{packages}:ro"],
            **options,
        }
    }


@asynccontextmanager
async def shop(engine: Engine, folder: Path, *, controlled: bool = True, **wish: object) -> AsyncIterator[Stand]:
    """A stand of its own; what it leaves in the engine is taken away."""
    options = dict(wish.pop("docker", {}))  # type: ignore[call-overload]
    stand = Stand(folder, {"service": f"shop-{uuid.uuid4().hex[:6]}", **wish})
    stand.wish["platform"] = platform(engine, **options)
    if controlled:
        stand.control()
    try:
        yield stand
    except BaseException:
        print(await stand.tale())
        raise
    finally:
        await stand.close()
        engine.forget(f"shipway.home={stand.home.path}")


assert sys.version_info[:2] == (3, 11), "the image has Python 3.11, and runs this checkout's packages"
