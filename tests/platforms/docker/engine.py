"""A Docker Engine of one's own, and a registry of images beside it, for as long as a test session."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platforms.docker.network import Network

READY_SECONDS, END_SECONDS = 120.0, 60.0


class Engine:
    """Asked through its command line, which is not what is tested."""

    def __init__(self, folder: Path, registry: str) -> None:
        self.address = f"unix://{folder}/docker.sock"
        self.registry = registry
        self.network = Network()
        """In which it was made, and where its containers can be reached."""
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """And wait until it answers."""
        words = ["dockerd", "--host", self.address, "--data-root", str(self._folder / "data")]
        words += ["--exec-root", str(self._folder / "exec"), "--pidfile", str(self._folder / "pid")]
        # Replicas have networks of their own.
        words += ["--bridge", "none", "--live-restore=false"]
        with (self._folder / "dockerd.log").open("ab") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
        _eventually(self._answers, "dockerd answers")

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"dockerd ended: {(self._folder / 'dockerd.log').read_text()[-2000:]}")
        return self.ask("version", check=False).returncode == 0

    def stop(self) -> None:
        """Its containers end with it."""
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def ask(self, *words: str, check: bool = True, stdin: Any = None) -> subprocess.CompletedProcess[str]:
        """`docker WORDS`."""
        environment = {**os.environ, "DOCKER_HOST": self.address}
        return subprocess.run(
            ["docker", *words],
            env=environment,
            check=check,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=stdin,
        )

    def load(self, archive: Path, name: str, *changes: str) -> None:
        """An image from files."""
        told = [word for change in changes for word in ("--change", change)]
        with archive.open("rb") as file:
            self.ask("import", *told, "-", name, stdin=file)

    def inspect(self, name: str) -> dict[str, Any]:
        """A container, an image or a network."""
        found: dict[str, Any] = json.loads(self.ask("inspect", name).stdout)[0]
        return found

    def named(self, part: str) -> list[str]:
        """Running containers whose names contain this."""
        return self.ask("ps", "--filter", f"name={part}", "--format", "{{.Names}}").stdout.split()

    def forget(self, label: str) -> None:
        """All containers and networks with it."""
        if found := self.ask("ps", "--all", "--quiet", "--filter", f"label={label}").stdout.split():
            # One that ends by itself meanwhile is gone before it is named.
            self.ask("rm", "--force", "--volumes", *found, check=False)
        for network in self.ask("network", "ls", "--quiet", "--filter", f"label={label}").stdout.split():
            self.ask("network", "rm", network)

    def close(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self._process is not None:
            self.stop()
        self.network.close()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def running(folder: Path) -> Iterator[Engine]:
    """An engine and a registry. `folder` has to be short: a socket's path has 107 bytes at most."""
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    registry = subprocess.Popen(_registry(folder, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    engine = Engine(folder, f"127.0.0.1:{port}")
    try:
        engine.start()
        _eventually(lambda: _answers(port), "the registry answers")
        yield engine
        engine.forget("shipway.home")
    finally:
        engine.close()
        registry.terminate()
        registry.wait(timeout=END_SECONDS)


def _registry(folder: Path, port: int) -> Sequence[str]:
    (folder / "registry.yml").write_text(
        f"version: 0.1\nlog: {{level: error}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}/images}}}}\n"
    )
    return ["docker-registry", "serve", str(folder / "registry.yml")]


def _answers(port: int) -> bool:
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/", timeout=1).status == 200
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _eventually(claim: Any, what: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not claim():
        if time.monotonic() > deadline:
            raise AssertionError(f"it never came true that {what}")
        time.sleep(0.1)
