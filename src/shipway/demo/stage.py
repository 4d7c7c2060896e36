"""Where the demo plays: a folder and ports of its own, gone when it ends."""

import asyncio
import os
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

TEMPLATE = """\
service: checkout
platform:
  process:
    command: {python} -m shipway.demo.app.checkout --port {{port}} --version {{version}}
    replicas: 3
    stop_grace: 10s
health:
  ready: {{path: /health/ready, initial_delay: 0s, period: 500ms}}
  alive: {{path: /health/alive, initial_delay: 10s, period: 5s}}
  steady: 1s
traffic:
  envoy: {{listen: "127.0.0.1:{listen}", preview: "127.0.0.1:{preview}"}}
strategy: canary
canary: {{stages: [10%, 50%, 100%], bake: 8s, users: {{header: {{canary: "true"}}}}, sticky: {{cookie: shipway}}}}
blue-green: {{bake: 4s}}
guard: {{success_rate: ">= 99%"}}
rollback: {{window: 3s, within: 5m}}
"""
COMMAND_SECONDS = 120.0


class Stage:
    """One demo's files, environment and commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.listen, self.preview = free_ports(2)

    def prepare(self) -> None:
        """Write the release file."""
        text = TEMPLATE.format(python=sys.executable, listen=self.listen, preview=self.preview)
        (self.folder / "shipway.yaml").write_text(text)

    async def run(self, *words: str) -> int:
        """A command as a user would type it; its output is the demo's. Returns its exit code."""
        print(f"\n$ shipway {' '.join(words)}", flush=True)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "shipway", *words, cwd=self.folder, env=self.environment
        )
        try:
            return await asyncio.wait_for(process.wait(), COMMAND_SECONDS)
        except TimeoutError:
            process.terminate()
            await process.wait()
            raise

    @property
    def environment(self) -> dict[str, str]:
        """The user's, with the demo's own home."""
        return {**os.environ, "SHIPWAY_HOME": str(self.home)}

    async def strike(self) -> None:
        """End everything that runs below the demo's home."""
        from shipway.adapters.supervisor import Supervisor

        await Supervisor(self.home).shutdown()


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
