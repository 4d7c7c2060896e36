"""A shell whose kubectl speaks to a namespace of the cluster."""

import os
import subprocess
import uuid
from pathlib import Path

import yaml

from platforms.kubernetes.binary import kube
from platforms.kubernetes.cluster import Cluster

FOLLOWS = (" -w", " -f", "port-forward")
"""Commands that end only when somebody ends them. `apply -f FILE` is none."""
FOLLOWED_SECONDS, SECONDS_MAX = 5, 120
TIMED_OUT = 124


class Shell:
    """`close` deletes the namespace and does not wait for it."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster, self.folder = cluster, folder
        self.namespace = f"blocks-{uuid.uuid4().hex[:6]}"
        cluster.kubectl("create", "namespace", self.namespace)
        (folder / "bin").mkdir()
        shim = folder / "bin" / "kubectl"
        shim.write_text(f'#!/bin/sh\nexec {kube()} kubectl "$@"\n')
        shim.chmod(0o755)
        config = yaml.safe_load(cluster.kubeconfig.read_text())
        config["contexts"][0]["context"]["namespace"] = self.namespace
        (folder / "config.yaml").write_text(yaml.safe_dump(config))

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """As it stands in a terminal; one that follows is ended after a while."""
        follows = line.endswith(FOLLOWS[:2]) or FOLLOWS[2] in line
        bounded = f"timeout {FOLLOWED_SECONDS} {line}" if follows else line
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", bounded] if "|" not in line else ["bash", "-c", bounded],
            cwd=self.folder,
            env={**os.environ, "PATH": path, "KUBECONFIG": str(self.folder / "config.yaml")},
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
        )

    def runs(self, line: str) -> str:
        """What it prints; fails where the command does."""
        done = self.run(line)
        ends = (0, TIMED_OUT) if line.endswith(FOLLOWS[:2]) or FOLLOWS[2] in line else (0,)
        assert done.returncode in ends, f"{line}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def close(self) -> None:
        self.cluster.kubectl("delete", "namespace", self.namespace, "--wait=false")
