"""A home of its own for each test, with a real supervisord that is always shut down."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shipway.adapters.supervisor import Process, Program, Supervisor

LOOKS_MAX = 600
LOOK_SECONDS = 0.05


class Home:
    """A supervisor and short ways to speak of its programs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.supervisor = Supervisor(path)

    def program(self, name: str, script: str, **settings: object) -> Program:
        """A shell script as a program."""
        arguments = {
            "name": name,
            "command": f'sh -c "{script}"',
            "directory": str(self.path.parent),
            "log": str(self.path / "logs" / f"{name}.log"),
            **settings,
        }
        return Program(**arguments)  # type: ignore[arg-type]

    async def process(self, name: str) -> Process | None:
        """As it is now."""
        return {process.name: process for process in await self.supervisor.processes()}.get(name)

    async def until(self, name: str, claim: Callable[[Process], bool]) -> Process:
        """Look until the claim holds."""
        for _ in range(LOOKS_MAX):
            process = await self.process(name)
            if process is not None and claim(process):
                return process
            await asyncio.sleep(LOOK_SECONDS)
        raise AssertionError(f"it never came true; last seen: {process}")

    def log(self, name: str) -> str:
        """All that it printed."""
        return (self.path / "logs" / f"{name}.log").read_text()

    @asynccontextmanager
    async def running(self, *programs: Program) -> AsyncIterator[None]:
        """With these programs up."""
        await self.supervisor.put(*programs)
        for program in programs:
            await self.until(program.name, lambda process: process.is_running)
        yield


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "home")
    yield home
    asyncio.run(home.supervisor.shutdown(timeout_seconds=30))
