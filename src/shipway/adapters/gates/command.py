"""A gate that is a command: it agrees by ending with 0. Smoke tests are these."""

import asyncio
import os
import shlex
import signal
from collections.abc import Mapping
from pathlib import Path

from shipway.adapters.context import Context
from shipway.ports.gate import Answer

OUTPUT_BYTES_MAX = 4096
ENV_PREFIX = "SHIPWAY_"


class CommandGate:
    """Runs each question once at a time; asking again looks whether it has ended."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._running: dict[tuple[str, str], asyncio.Task[Answer]] = {}

    async def ask(self, target: str, facts: Mapping[str, str], *, timeout: float) -> Answer:
        """The command's answer, or none while it runs. Facts fill `{url}` and its like, and the environment."""
        key = (target, f"{facts.get('run', '')}/{facts.get('stage', '')}")
        if key not in self._running:
            self._running[key] = asyncio.create_task(self._run(target, facts, timeout))
            await asyncio.sleep(0)
        task = self._running[key]
        if not task.done():
            return Answer(passed=None, detail=f"{target} is running")
        del self._running[key]
        return task.result()

    async def _run(self, target: str, facts: Mapping[str, str], timeout: float) -> Answer:
        line = _filled(target, facts)
        environment = {**os.environ, **{ENV_PREFIX + name.upper(): value for name, value in facts.items()}}
        process = await asyncio.create_subprocess_shell(
            line,
            cwd=self.directory if self.directory.is_dir() else None,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), timeout)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            return Answer(passed=False, detail=f"{line} gave no answer in {timeout:.0f} s")
        return _answer(line, process.returncode or 0, output[-OUTPUT_BYTES_MAX:].decode(errors="replace"))


def _filled(target: str, facts: Mapping[str, str]) -> str:
    """`{name}` becomes the fact, quoted for the shell; other braces stay."""
    for name, value in facts.items():
        target = target.replace("{" + name + "}", shlex.quote(value))
    return target


def _answer(line: str, code: int, output: str) -> Answer:
    last = output.strip().splitlines()[-1] if output.strip() else "it printed nothing"
    if code == 0:
        return Answer(passed=True, detail=last)
    return Answer(passed=False, detail=f"{line} ended with {code}: {last}")


def build(options: Mapping[str, object], context: Context) -> CommandGate:
    """Relative commands start in the release file's folder."""
    return CommandGate(Path(str(options.get("directory", "."))))
