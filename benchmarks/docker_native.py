"""A service that the Swarm updates by itself, behind an Envoy that a watcher feeds with its running tasks."""

import asyncio
import json
import sysconfig
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import shipway
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.supervisor import Supervisor
from shipway.adapters.traffic.envoy import build
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.share import TOTAL
from tests.real.ports import free_port

SOURCE, PACKAGES = Path(shipway.__file__).parents[1], sysconfig.get_paths()["purelib"]
IMAGE, NETWORK, NAME, PORT = "shipway/replica:1", "stand", "native", 8000
WATCH_SECONDS, READY_SECONDS = 1.0, 60.0
HEALTH = {"ready": {"path": "/health/ready", "initial_delay": 0.0, "period": 0.5}}
REVISION = RevisionId("1.0.0-native00")


class NativeService:
    """Two tasks of the example shop. `engine` is asked by its command line."""

    def __init__(self, engine: Any, home: Path, order: str) -> None:
        self._engine, self._home, self._order = engine, home, order
        self._updates = 0

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """The port where it is asked."""
        port, supervisor = free_port(), Supervisor(self._home)
        await asyncio.to_thread(self._create)
        context = Context(service=NAME, home=self._home, clock=WallClock(), health=HEALTH)
        traffic = build({"listen": f"127.0.0.1:{port}", "directory": str(self._home)}, context)
        watcher = asyncio.create_task(self._watch(traffic))
        try:
            await self._answers(port)
            yield port
        finally:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
            await supervisor.shutdown()
            self._engine.ask("service", "rm", NAME)

    async def update(self) -> float:
        """`docker service update`, and how long it took."""
        self._updates += 1
        began = time.monotonic()
        words = ["service", "update", "--env-add", f"RELEASE={self._updates}", "--detach=false", NAME]
        await asyncio.to_thread(self._engine.ask, *words)
        return time.monotonic() - began

    def _create(self) -> None:
        mounts = [f"--mount=type=bind,readonly,source={path},target={path}" for path in (SOURCE, PACKAGES)]
        shop = f"python3 -S -m shipway.demo.app.checkout --host 0.0.0.0 --port {PORT} --version 1.0.0"
        words = [f"--update-order={self._order}", "--update-delay=2s", "--update-monitor=1s", "--replicas=2"]
        words += [f"--name={NAME}", f"--network={NETWORK}", "--init", f"--env=PYTHONPATH={SOURCE}:{PACKAGES}"]
        words += ["--env=PYTHONDONTWRITEBYTECODE=1", "--detach=false", *mounts]
        # What a careful user writes: an update goes on when the new task says that it takes requests.
        words += [
            f"--health-cmd=wget -q -O - http://127.0.0.1:{PORT}/health/ready",
            "--health-interval=1s",
            "--health-start-period=60s",
        ]
        self._engine.ask("service", "create", *words, IMAGE, *shop.split())

    async def _watch(self, traffic: Any) -> None:
        """Tell the proxy which tasks run, again and again."""
        generation, before = 1, None
        while True:
            found = await asyncio.to_thread(self._addresses)
            if found and found != before:
                endpoints = [Endpoint(revision=REVISION, address=f"{host}:{PORT}") for host in found]
                await traffic.publish(endpoints, generation=generation)
                if before is None:
                    await traffic.route(Route(shares={REVISION: TOTAL}), generation=generation + 1)
                generation, before = generation + 2, found
            await asyncio.sleep(WATCH_SECONDS)

    def _addresses(self) -> list[str]:
        words = ["service", "ps", "--quiet", "--no-trunc", "--filter", "desired-state=running", NAME]
        tasks = self._inspected(self._engine.ask(*words).stdout.split())
        running = [task["Status"]["ContainerStatus"] for task in tasks if task["Status"]["State"] == "running"]
        containers = self._inspected([status["ContainerID"] for status in running])
        return sorted(each["NetworkSettings"]["Networks"][NETWORK]["IPAddress"] for each in containers)

    def _inspected(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Those that are still there."""
        asked = self._engine.ask("inspect", *ids, check=False).stdout if ids else "[]"
        found: list[dict[str, Any]] = json.loads(asked)
        return found

    async def _answers(self, port: int) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET /cart HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n")
                line = await reader.readline()
                writer.close()
                if b" 200 " in line:
                    return
            await asyncio.sleep(0.2)
        raise TimeoutError("the service of the Swarm did not answer")
