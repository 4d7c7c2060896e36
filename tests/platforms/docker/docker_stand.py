"""A home whose replicas are containers of a real engine."""

import asyncio
import os
import signal
import uuid
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from platforms.docker.engine import Engine
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.platforms.docker import build
from shipway.adapters.replicas.platform import MachinePlatform
from shipway.adapters.supervisor import Supervisor
from shipway.model.fleet import Replica
from shipway.model.revision import Revision, RevisionId

APP = Path(__file__).parents[2] / "contract" / "replica_app.py"
START_SECONDS = 20.0
"""A busy machine needs some of them, and a replica that is started again is counted."""
APP_IMAGE = "shipway/replica:1"
PORT = 8000
MISSING = "0" * 64
Result = TypeVar("Result")


class DockerStand:
    """`close` ends everything that was started. Each has a service of its own: an engine knows a name once."""

    tells_output = True

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.home = engine, folder / "home"
        self.service = f"checkout-{uuid.uuid4().hex[:6]}"
        self.supervisor = Supervisor(self.home)
        self._open: list[MachinePlatform] = []

    def platform(self, *, service: str | None = None) -> MachinePlatform:
        context = Context(service=service or self.service, home=self.home, clock=WallClock(), health={})
        made = build({"engine": self.engine.address}, context)
        self._open.append(made)
        return made

    def revision(
        self, version: str, *, behaviour: str = "well", prepare: str = "none", **options: object
    ) -> Revision:
        platform = {
            "image": self._image(prepare),
            "command": ["python3", "-S", "/app.py", behaviour, "--port", "{port}"],
            "port": PORT,
            "env": {"HOST": "0.0.0.0"},
            "volumes": [f"{APP}:/app.py:ro"],
            "stop_grace": 2.0,
            "init": True,
            **options,
        }
        health = {
            "ready": {"path": "/health/ready", "initial_delay": 0.0, "period": 0.2},
            "alive": {
                "path": "/health/alive",
                "initial_delay": START_SECONDS,
                "period": 0.2,
                "failure_threshold": 2,
            },
        }
        id = RevisionId(f"{version}-7f3a91c2")
        return Revision(id=id, service=self.service, version=version, platform=platform, health=health)

    def _image(self, prepare: str) -> str:
        """One that is here, one that only the registry has, or one that is nowhere."""
        if prepare == "none":
            return APP_IMAGE
        if prepare == "fails":
            return f"{self.engine.registry}/no-such-package@sha256:{MISSING}"
        return pushed(self.engine)

    def prepared_times(self, revision: Revision) -> int:
        logs = self.home / "services" / self.service / "logs" / revision.id
        return sum(path.stat().st_size > 0 for path in logs.glob("*-prepare-*.log"))

    async def kill(self, replica: Replica) -> None:
        os.kill(self.engine.inspect(replica.id)["State"]["Pid"], signal.SIGKILL)

    async def let_time_pass(self) -> None:
        await asyncio.sleep(0.05)

    def run(self, scenario: Coroutine[Any, Any, Result]) -> Result:
        async def played() -> Result:
            try:
                return await scenario
            finally:
                for platform in self._open:
                    await platform.close()

        return asyncio.run(played())

    def close(self) -> None:
        asyncio.run(self.supervisor.shutdown(timeout_seconds=30))
        self.engine.forget(f"shipway.home={self.home}")


def pushed(engine: Engine) -> str:
    """A new image that the registry has and the engine has not any more, by its digest."""
    name = f"{engine.registry}/replica-{uuid.uuid4().hex[:8]}"
    made = engine.ask("create", "--label", f"name={name}", APP_IMAGE, "true").stdout.strip()
    engine.ask("commit", made, f"{name}:1")
    engine.ask("rm", made)
    engine.ask("push", f"{name}:1")
    digest: str = engine.inspect(f"{name}:1")["RepoDigests"][0]
    engine.ask("rmi", f"{name}:1")
    return digest
