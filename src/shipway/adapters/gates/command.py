"""A gate that is a command: it agrees by ending with 0. Smoke tests are these."""

import asyncio
import os
import shlex
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

from shipway.adapters.context import Context
from shipway.adapters.gates._asking import Asking
from shipway.ports.gate import Answer

KILL_SECONDS = 5
"""After its time a command that nobody watches any more is ended this much later."""
OUTPUT_BYTES_MAX = 4096
"""Kept of what it prints."""
CHUNK_BYTES = 65_536
ENV_PREFIX = "SHIPWAY_"
TAG = "SHIPWAY_PROGRAM"
"""Of the controller's own processes; the command is none of them, and ends by its own time."""


class CommandGate:
    """Runs each question once at a time; asking again looks whether it has ended."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._asking = Asking()

    async def ask(self, target: str, facts: Mapping[str, str], *, timeout: float) -> Answer:
        """The command's answer, or none while it runs. Facts fill `{url}` and its like, and the environment."""
        answer = await self._asking.answer(target, facts, lambda: self._run(target, facts, timeout))
        return answer or Answer(passed=None, detail=f"{target} is running")

    async def end(self, target: str, facts: Mapping[str, str]) -> None:
        """Kill it with all that it started, if it runs."""
        await self._asking.end(target, facts)

    async def _run(self, target: str, facts: Mapping[str, str], timeout: float) -> Answer:
        line = _filled(target, facts)
        if not self.directory.is_dir():
            return Answer(passed=False, detail=f"{line} was not run: its folder {self.directory} is gone")
        environment = {**os.environ, **{ENV_PREFIX + name.upper(): value for name, value in facts.items()}}
        environment.pop(TAG, None)
        process = await asyncio.create_subprocess_exec(
            *_bounded(line, timeout),
            cwd=self.directory,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output = await asyncio.wait_for(_end_of_output(process), timeout)
        except TimeoutError:
            return Answer(passed=False, detail=f"{line} gave no answer in {timeout:.0f} s")
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        return _answer(line, process.returncode or 0, output.decode(errors="replace"))


async def _end_of_output(process: asyncio.subprocess.Process) -> bytes:
    """What it printed last, once it has ended: a hook that makes load may print without end."""
    assert process.stdout is not None
    kept = b""
    while chunk := await process.stdout.read(CHUNK_BYTES):
        kept = (kept + chunk)[-OUTPUT_BYTES_MAX:]
    await process.wait()
    return kept


def _bounded(line: str, timeout: float) -> list[str]:
    """Under coreutils' `timeout`, where there is one: it ends also where a controller that died cannot end it."""
    bound = shutil.which("timeout")
    shell = ["/bin/sh", "-c", line]
    return [bound, f"--kill-after={KILL_SECONDS}", f"{timeout + KILL_SECONDS:.3f}", *shell] if bound else shell


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
