"""What tests of faults need to know of each platform of containers, so that one story is told of all of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acceptance.stand import Stand
from platforms.docker import shop as of_docker
from platforms.docker.engine import Engine
from platforms.swarm import shop as of_swarm
from platforms.swarm.swarm_stand import inspected, running_task, services
from shipway.model.past import Past

SIDES = ("docker", "swarm", "native")
"""Containers of one engine; a service of a Swarm for each replica; one service, which the Swarm itself updates."""


@dataclass(frozen=True)
class Side:
    """One platform, and the engine that is asked."""

    name: str
    engine: Engine

    @property
    def key(self) -> str:
        """Below `platform:`."""
        return "docker" if self.name == "docker" else "swarm"

    @property
    def strategies(self) -> tuple[str, ...]:
        """That it can do."""
        return ("rolling",) if self.name == "native" else ("rolling", "blue-green", "canary")

    @property
    def strategy(self) -> str:
        """One that has a stage of two versions."""
        return self.strategies[-1]

    def options(self, stand: Stand) -> dict[str, Any]:
        """The platform's, to be changed."""
        found: dict[str, Any] = stand.wish["platform"][self.key]  # type: ignore[index]
        return found

    def shop(self, folder: Path, *, controlled: bool = True, **wish: object) -> Any:
        """A stand of its own."""
        native = {"swarm": {"update": {"monitor": "1s"}}} if self.name == "native" else {}
        made = of_docker.shop if self.key == "docker" else of_swarm.shop
        return made(self.engine, folder, controlled=controlled, **{**native, **wish})

    def told(
        self, folder: Path, story: Callable[[Stand], Awaitable[None]], *, controlled: bool = True, **wish: object
    ) -> None:
        """Play a story on a stand."""

        async def played() -> None:
            async with self.shop(folder, controlled=controlled, **wish) as stand:
                await story(stand)

        asyncio.run(played())

    def replicas(self, stand: Stand) -> list[str]:
        """By their names, those of containers or services."""
        if self.key == "docker":
            return sorted(self.engine.named(stand.service))
        return sorted(services(self.engine, stand.service))

    def count(self, stand: Stand) -> int:
        """How many are asked for."""
        if self.name != "native":
            return len(self.replicas(stand))
        (name,) = self.replicas(stand)
        return int(inspected(self.engine, name)["Spec"]["Mode"]["Replicated"]["Replicas"])

    def pid(self, name: str) -> int:
        """Of a replica's program, or of one of them."""
        if self.key == "docker":
            return int(self.engine.inspect(name)["State"]["Pid"])
        return int(running_task(self.engine, name)["Status"]["ContainerStatus"]["PID"])

    def home_of(self, name: str) -> str:
        """Whose it says that it is."""
        if self.key == "docker":
            return str(self.engine.inspect(name)["Config"]["Labels"]["shipway.home"])
        return str(inspected(self.engine, name)["Spec"]["Labels"]["shipway.home"])

    def leave(self, name: str) -> None:
        """Something of nobody's by this name, as an earlier trial by hand would."""
        image = ["--name", name, of_docker.APP_IMAGE, "sleep", "600"]
        if self.key == "docker":
            self.engine.ask("create", "--network", "none", *image)
        else:
            words = ["--detach", "--no-resolve-image", "--replicas", "0", "--endpoint-mode", "dnsrr"]
            self.engine.ask("service", "create", *words, *image)

    def sweep(self, name: str) -> None:
        """Take that away."""
        self.engine.ask(*(["rm", "--force"] if self.key == "docker" else ["service", "rm"]), name, check=False)


HALVES: Mapping[str, object] = {
    "canary": {"stages": ["50%", "100%"], "bake": "5s"},
    "rolling": {"batches": 2, "pause": "5s"},
    "rollback": {"window": "0s"},
}


def taken_back(past: Past, why: str = "") -> None:
    """And said so."""
    assert past.outcome == "rolled-back", past
    assert why in past.reason, past
