"""A real Envoy beside the cluster, and not in it, that carries users' requests as a plane says."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platforms.kubernetes.following import Following
from platforms.kubernetes.plane import Plane
from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.traffic.envoy.program import binary
from tests.real.ports import free_ports


class Carrying:
    """One that does, from `start` to `stop`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.admin_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, bootstrap: dict[str, Any]) -> None:
        """With what it begins with."""
        (self.folder / "envoy.json").write_text(json.dumps(bootstrap))
        words = [str(binary()), "-c", str(self.folder / "envoy.json"), "--concurrency", "1"]
        words += ["--use-dynamic-base-id", "--log-level", "warn"]
        with (self.folder / "envoy.log").open("ab") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log)

    def stop(self) -> None:
        """And wait for its end."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=20)


@contextmanager
def carrying(asked: Cluster, folder: Path, plane: Plane) -> Iterator[Carrying]:
    """Until the block ends. Raises what the plane did not understand."""
    envoy, following = Carrying(folder), Following(asked, folder, plane)
    try:
        envoy.start(following.bootstrap(envoy.port, envoy.admin_port))
        yield envoy
    finally:
        envoy.stop()
        following.stop()
