"""A home whose replicas are services of a real Swarm of one node."""

import json
import os
import signal
from collections.abc import Mapping
from typing import Any

import msgspec

from platforms.docker.docker_stand import APP_IMAGE, DockerStand
from platforms.docker.engine import Engine
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.platforms.swarm import build
from shipway.adapters.replicas.platform import MachinePlatform
from shipway.model.fleet import Replica
from shipway.model.revision import Revision

START_SECONDS = 60.0
"""A busy machine needs some of them, and a replica that is started again is counted."""
NETWORK, SUBNET = "stand", "172.30.0.0/16"


def begin_swarm(engine: Engine) -> None:
    """With a network whose containers may publish ports: the engine has no default one."""
    engine.ask("swarm", "init", "--advertise-addr", "127.0.0.1")
    engine.ask("network", "create", "--config-only", "--subnet", SUBNET, f"{NETWORK}-config")
    engine.ask(
        "network",
        "create",
        "--driver",
        "bridge",
        "--scope",
        "swarm",
        "--config-from",
        f"{NETWORK}-config",
        NETWORK,
    )


def keep_network(engine: Engine) -> None:
    """A node makes it anew for the first task in it: of several at once some fail, and are started again."""
    words = ["--detach=false", "--quiet", "--init", "--name", f"{NETWORK}-keeper", "--network", NETWORK]
    engine.ask("service", "create", *words, "--no-resolve-image", APP_IMAGE, "sleep", "1000000")


class SwarmStand(DockerStand):
    """`close` ends everything that was started."""

    options: Mapping[str, object] = {}
    """More of the platform's."""

    def platform(self, *, service: str | None = None) -> MachinePlatform:
        context = Context(service=service or self.service, home=self.home, clock=WallClock(), health={})
        made = build({"engine": self.engine.address, **self.options}, context)
        self._open.append(made)
        return made

    def revision(
        self, version: str, *, behaviour: str = "well", prepare: str = "none", **options: object
    ) -> Revision:
        made = super().revision(version, behaviour=behaviour, prepare=prepare, networks=[NETWORK], **options)
        alive = {**made.health["alive"], "initial_delay": START_SECONDS}
        return msgspec.structs.replace(made, health={**made.health, "alive": alive})

    async def kill(self, replica: Replica) -> None:
        os.kill(self.task(replica.id)["Status"]["ContainerStatus"]["PID"], signal.SIGKILL)

    def task(self, name: str) -> dict[str, Any]:
        """That which runs."""
        return running_task(self.engine, name)

    def close(self) -> None:
        super().close()
        forget(self.engine, f"shipway.home={self.home}")


def running_task(engine: Engine, name: str) -> dict[str, Any]:
    """Of a service."""
    listed = engine.ask("service", "ps", "--quiet", "--no-trunc", "--filter", "desired-state=running", name)
    found: dict[str, Any] = json.loads(engine.ask("inspect", *listed.stdout.split()).stdout)[0]
    return found


def services(engine: Engine, part: str) -> list[str]:
    """Whose names begin so."""
    return engine.ask("service", "ls", "--filter", f"name={part}", "--format", "{{.Name}}").stdout.split()


def forget(engine: Engine, label: str) -> None:
    """All services with it."""
    if found := engine.ask("service", "ls", "--quiet", "--filter", f"label={label}").stdout.split():
        # One that ends by itself meanwhile is gone before it is named.
        engine.ask("service", "rm", *found, check=False)


def inspected(engine: Engine, name: str) -> dict[str, Any]:
    """A service."""
    found: dict[str, Any] = json.loads(engine.ask("service", "inspect", name).stdout)[0]
    return found
