"""Types commands, as a person or a CI job does."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from acceptance.stand import HOST, WISH, kill_all, merged
from shipway.home import VARIABLE, Home
from tests.real.ports import free_port

TIMEOUT_SECONDS = 150.0
"""Generous: the machine may be busy."""


class Prompt:
    """One folder with a release file, and a home of its own."""

    def __init__(self, folder: Path, **wish: object) -> None:
        self.folder = folder / "project"
        self.home = Home(folder / "home")
        self.folder.mkdir()
        self.port, self.preview_port = free_port(), free_port()
        traffic = {"envoy": {"listen": f"{HOST}:{self.port}", "preview": f"{HOST}:{self.preview_port}"}}
        self.wish = merged(merged(WISH, {"traffic": traffic}), wish)
        self.write(json.dumps(self.wish, indent=1))

    @property
    def file(self) -> Path:
        """The release file."""
        return self.folder / "shipway.yaml"

    def write(self, text: str) -> None:
        """Replace the release file."""
        self.file.write_text(text)

    def type(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.environment(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )

    def start(self, *words: str) -> "Running":
        """Begin a command, and go on."""
        return Running(self, words)

    def command(self, *words: str) -> list[str]:
        """The command's words."""
        return [sys.executable, "-m", "shipway", *words]

    def environment(self, variables: Mapping[str, str] | None = None) -> dict[str, str]:
        """As the shell has it."""
        return {**os.environ, VARIABLE: str(self.home.path), "TZ": "UTC", **(variables or {})}

    def status(self, field: str) -> object:
        """A field of `shipway status --json`."""
        found = self.type("status", "checkout", "--json")
        return json.loads(found.stdout)[field]

    def close(self) -> None:
        """End everything that was started."""
        import asyncio

        from shipway.adapters.supervisor import Supervisor

        asyncio.run(Supervisor(self.home.path).shutdown(timeout_seconds=30.0))
        kill_all(self.home)


class Running:
    """A command under way; its output is collected as it comes."""

    def __init__(self, prompt: Prompt, words: tuple[str, ...]) -> None:
        self.process = subprocess.Popen(
            prompt.command(*words),
            cwd=prompt.folder,
            env=prompt.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._said = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._said:
                self.lines.append(line.rstrip("\n"))
                self._said.notify_all()

    @property
    def text(self) -> str:
        """All so far."""
        return "\n".join(self.lines)

    def until(self, words: str) -> None:
        """Wait until it says this."""
        with self._said:
            found = self._said.wait_for(lambda: words in self.text, timeout=TIMEOUT_SECONDS)
        assert found, f"never said {words!r}:\n{self.text}"

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Its exit code."""
        code = self.process.wait(timeout=TIMEOUT_SECONDS)
        self._reader.join(timeout=10)
        return code
