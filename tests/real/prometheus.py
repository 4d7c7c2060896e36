"""A real Prometheus from Debian's package, unpacked below `.venv`: nothing is installed, and no service starts."""

import asyncio
import fcntl
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from tests.real.ports import free_port

UNPACKED = Path(__file__).parents[2] / ".venv" / "prometheus"
BINARY = UNPACKED / "usr" / "bin" / "prometheus"
INSTALL_SECONDS = 300
READY_SECONDS = 30.0
SCRAPE = "1s"
"""Also the longest wait for an exporter: a shorter one loses scrapes on a busy machine."""
CONFIGURATION = """\
global: {{scrape_interval: {scrape}, scrape_timeout: {scrape}}}
scrape_configs:
  - job_name: checkout
    static_configs: [{{targets: {targets}}}]
"""


def binary() -> Path:
    """Prometheus, from the machine or from the package. Fails the test where it cannot be had."""
    found = shutil.which("prometheus")
    if found:
        return Path(found)
    UNPACKED.parent.mkdir(exist_ok=True)
    with open(UNPACKED.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not BINARY.exists():
            _unpack()
    return BINARY


def _unpack() -> None:
    folder = UNPACKED.with_suffix(".new")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        if _run(["apt-get", "download", "prometheus"], folder):
            _run(["apt-get", "update"], folder)
            if complaint := _run(["apt-get", "download", "prometheus"], folder):
                pytest.fail(f"These tests need Debian's package prometheus, and it cannot be had: {complaint}")
        package = next(folder.glob("prometheus_*.deb"))
        if complaint := _run(["dpkg-deb", "-x", package.name, "."], folder):
            pytest.fail(f"{package.name} cannot be unpacked: {complaint}")
        package.unlink()
    except FileNotFoundError as error:
        pytest.fail(f"These tests need Debian's package prometheus, and this machine has no {error.filename}.")
    shutil.rmtree(UNPACKED, ignore_errors=True)
    folder.rename(UNPACKED)


def _run(command: list[str], folder: Path) -> str:
    """Empty when it worked; otherwise what it said last."""
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    return "" if ended.returncode == 0 else ended.stderr.strip()[-300:] or f"{command[0]} failed"


class RunningPrometheus:
    """One server on a free port, with its data in a folder of the test."""

    def __init__(self, folder: Path, targets: list[str]) -> None:
        self.folder, self.targets = folder, targets
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        await asyncio.to_thread(self._start)
        await self._ready()

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "prometheus.yml"
        configuration.write_text(CONFIGURATION.format(scrape=SCRAPE, targets=self.targets))
        program = binary()
        with open(self.folder / "prometheus.log", "ab") as log:
            self._process = subprocess.Popen(
                [
                    str(program),
                    f"--config.file={configuration}",
                    f"--storage.tsdb.path={self.folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    "--enable-feature=native-histograms",
                ],
                stdout=log,
                stderr=log,
            )

    async def _ready(self) -> None:
        """It answers, and has tried to scrape every target."""
        async with asyncio.timeout(READY_SECONDS), httpx2.AsyncClient() as client:
            while True:
                try:
                    found = await client.get(f"{self.url}/api/v1/query", params={"query": "count(up)"})
                    if f'"{len(self.targets)}"]' in found.text:
                        return
                except httpx2.HTTPError:
                    assert self._process is not None
                    assert self._process.poll() is None, (self.folder / "prometheus.log").read_text()
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(process.wait, 20)


@asynccontextmanager
async def prometheus(folder: Path, *targets: str) -> AsyncIterator[RunningPrometheus]:
    """It scrapes the targets, `host:port`, and ends with the block."""
    running = RunningPrometheus(folder, list(targets))
    try:
        await running.start()
        yield running
    finally:
        await running.stop()
