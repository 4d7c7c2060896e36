"""A real Kubernetes, of one node or of several, for as long as a test session: the released code itself."""

import json
import os
import secrets
import shutil
import ssl
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from platforms.kubernetes import archives
from platforms.kubernetes.binary import kube
from platforms.kubernetes.node import SANDBOX, Node
from platforms.kubernetes.settings import API_PORT, NODE_ADDRESS, ONE, PODS, SERVICES, Machine

READY_SECONDS, END_SECONDS = 120.0, 30.0
ETCD = "http://127.0.0.1:2379"


class Cluster:
    """Asked through kubectl, which is not what is tested."""

    def __init__(self, folder: Path) -> None:
        self.kubeconfig = folder / "admin.yaml"
        self._folder, self._kube = folder, kube()
        self._token = secrets.token_hex(16)
        self._parts: dict[str, subprocess.Popen[bytes]] = {}
        self._images: list[Path] = []
        self.node = Node(folder, self._kube, self.kubeconfig, ONE)
        self._nodes = [self.node]

    @property
    def kubectl_words(self) -> tuple[str, str]:
        """How kubectl is called."""
        return str(self._kube), "kubectl"

    def start(self) -> None:
        """And wait until a pod can start."""
        pause = self._folder / "pause"
        layer = archives.pause(self._folder)
        self.node.start(pause)
        self._control()
        _eventually(self._serves, "the API server is ready", self._alive)
        self.kubeconfig.write_text(yaml.safe_dump(self._signed_in()))
        self._watchers()
        self.node.kubelet()
        self.add_image(archives.image(layer, SANDBOX, ["/pause"], {}))
        _eventually(lambda: self._is_ready(ONE), "the node is ready", self._alive)
        self.node.proxy()

    @contextmanager
    def joined(self, machine: Machine) -> Iterator[Node]:
        """Another node, until the block ends. It has all images."""
        folder = tempfile.mkdtemp(prefix=machine.name, dir=self._folder)
        node = Node(Path(folder), self._kube, self.kubeconfig, machine)
        self._nodes.append(node)
        try:
            node.start(self._folder / "pause")
            for image in self._images:
                self._import(node, image)
            node.kubelet()
            _eventually(lambda: self._is_ready(machine), "another node is ready", self._alive)
            yield node
        finally:
            self._nodes.remove(node)
            node.stop()
            self.kubectl("delete", "node", machine.name, "--ignore-not-found")

    def kubectl(
        self, *words: str, stdin: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """`kubectl WORDS`."""
        return subprocess.run(
            [*self.kubectl_words, *words],
            env={**os.environ, "KUBECONFIG": str(self.kubeconfig)},
            input=stdin,
            capture_output=True,
            text=True,
            check=check,
            timeout=120,
        )

    def apply(self, *manifests: Mapping[str, Any]) -> None:
        self.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(manifests))

    def read(self, *words: str) -> dict[str, Any]:
        """`kubectl get WORDS`, as data."""
        found: dict[str, Any] = json.loads(self.kubectl("get", *words, "--output", "json").stdout)
        return found

    def as_nobody(self, namespace: str, folder: Path) -> Path:
        """A kubeconfig of an account that may nothing."""
        self.kubectl("--namespace", namespace, "create", "serviceaccount", "nobody")
        token = self.kubectl("--namespace", namespace, "create", "token", "nobody").stdout.strip()
        written = yaml.safe_load(self.kubeconfig.read_text())
        written["users"][0]["user"] = {"token": token}
        path = folder / "nobody.yaml"
        path.write_text(yaml.safe_dump(written))
        return path

    def add_image(self, archive: bytes) -> None:
        path = self._folder / f"image-{len(self._images)}.tar"
        path.write_bytes(archive)
        self._images.append(path)
        for node in self._nodes:
            self._import(node, path)

    def _import(self, node: Node, image: Path) -> None:
        _eventually(lambda: node.containerd.exists(), "containerd listens", self._alive)
        _eventually(lambda: _imported(node, image), "containerd takes an image", self._alive)

    def stop(self, name: str) -> None:
        """End a part of the control plane: etcd, apiserver, manager or scheduler."""
        part = self._parts.pop(name)
        part.terminate()
        try:
            part.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            part.kill()
            part.wait()

    def close(self) -> None:
        """The API server before etcd: without it, it would hold its port for a minute."""
        self.node.stop()
        for name in ("scheduler", "manager", "apiserver", "etcd"):
            if name in self._parts:
                self.stop(name)
        shutil.rmtree(self._folder, ignore_errors=True)

    # The control plane

    def _control(self) -> None:
        self.etcd()
        _key(self._folder / "accounts.key")
        (self._folder / "tokens.csv").write_text(f'{self._token},admin,admin,"system:masters"\n')
        self.apiserver()

    def etcd(self) -> None:
        """Start it."""
        peers = "http://127.0.0.1:2380"
        self._run(
            "etcd",
            f"--data-dir={self._folder}/etcd",
            f"--listen-client-urls={ETCD}",
            f"--advertise-client-urls={ETCD}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
            "--unsafe-no-fsync",
            "--log-level=warn",
        )

    def serve(self) -> None:
        """Start the API server, and wait until it is ready."""
        self.apiserver()
        _eventually(self._serves, "the API server is ready", self._alive)

    def apiserver(self) -> None:
        """Start it."""
        key = self._folder / "accounts.key"
        self._run(
            "apiserver",
            f"--etcd-servers={ETCD}",
            f"--advertise-address={NODE_ADDRESS}",
            f"--secure-port={API_PORT}",
            f"--service-cluster-ip-range={SERVICES}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={key}",
            f"--service-account-key-file={key}",
            f"--token-auth-file={self._folder}/tokens.csv",
            f"--cert-dir={self._folder}/certificates",
            "--authorization-mode=RBAC",
            "--allow-privileged=true",
            "--kubelet-preferred-address-types=InternalIP",
        )

    def _watchers(self) -> None:
        self.manager()
        self._run("scheduler", f"--kubeconfig={self.kubeconfig}", "--leader-elect=false")

    def manager(self, *options: str) -> None:
        """Start the controllers, with options in addition."""
        self._run(
            "manager",
            f"--kubeconfig={self.kubeconfig}",
            f"--service-account-private-key-file={self._folder}/accounts.key",
            f"--root-ca-file={self._folder}/certificates/apiserver.crt",
            f"--cluster-cidr={PODS}",
            "--use-service-account-credentials=true",
            "--leader-elect=false",
            f"--authentication-kubeconfig={self.kubeconfig}",
            f"--authorization-kubeconfig={self.kubeconfig}",
            *options,
        )

    def _run(self, name: str, *options: str) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            words = [str(self._kube), name, *options]
            self._parts[name] = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)

    def _signed_in(self) -> dict[str, object]:
        server = {
            "server": f"https://{NODE_ADDRESS}:{API_PORT}",
            "certificate-authority": f"{self._folder}/certificates/apiserver.crt",
        }
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "one", "cluster": server}],
            "users": [{"name": "admin", "user": {"token": self._token}}],
            "contexts": [{"name": "one", "context": {"cluster": "one", "user": "admin"}}],
            "current-context": "one",
        }

    # Whether it is there

    def _serves(self) -> bool:
        context = ssl._create_unverified_context()
        asked = urllib.request.Request(
            f"https://{NODE_ADDRESS}:{API_PORT}/readyz", headers={"Authorization": f"Bearer {self._token}"}
        )
        try:
            return urllib.request.urlopen(asked, timeout=2, context=context).status == 200
        except OSError:
            return False

    def _is_ready(self, machine: Machine) -> bool:
        found = self.kubectl("get", "node", machine.name, "--output", "json", check=False)
        if found.returncode:
            return False
        conditions = json.loads(found.stdout)["status"].get("conditions", ())
        node = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
        account = self.kubectl("get", "serviceaccount", "default", check=False)
        return node and account.returncode == 0

    def _alive(self) -> None:
        _require_alive(self._folder, self._parts)
        for node in self._nodes:
            _require_alive(node.folder, node.parts)


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """A cluster in this thread's network namespace."""
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()


def _imported(node: Node, archive: Path) -> bool:
    try:
        node.has_image(archive)
    except subprocess.CalledProcessError:
        return False
    return True


def _require_alive(folder: Path, parts: Mapping[str, subprocess.Popen[bytes]]) -> None:
    for name, part in parts.items():
        if part.poll() is not None:
            log = (folder / f"{name}.log").read_text(errors="replace")
            raise AssertionError(f"{name} ended: {log[-2000:]}")


def _key(path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))


def _eventually(claim: Callable[[], bool], what: str, alive: Callable[[], None]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not claim():
        alive()
        if time.monotonic() > deadline:
            raise AssertionError(f"it never came true that {what}")
        time.sleep(0.1)
