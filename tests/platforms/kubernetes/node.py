"""One machine of a cluster: containerd, the kubelet and kube-proxy, in namespaces of their own.

What they mount and start is gone with the first process of the namespaces, however the tests end.
"""

import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
import yaml

from platforms.kubernetes import cabling
from platforms.kubernetes.settings import PODS, Machine

CNI_PROGRAMS = "/usr/lib/cni"
SANDBOX = "shipway.test/pause:1"


class Node:
    """The parts that run pods. `kube` is the binary, `kubeconfig` what they sign in with."""

    def __init__(self, folder: Path, kube: Path, kubeconfig: Path, machine: Machine) -> None:
        self.folder, self._kube, self._kubeconfig, self.machine = folder, kube, kubeconfig, machine
        self._init: subprocess.Popen[bytes] | None = None
        self._parts: dict[str, subprocess.Popen[bytes]] = {}
        self.containerd = folder / "containerd.sock"
        self.output = folder / "pod-logs"
        """What its pods print: a folder for each."""

    def start(self, pause: Path) -> None:
        """Returns when containerd can be told of images."""
        make_cgroups(self.machine)
        _written(self.folder / "containerd.toml", _containerd(self.folder))
        _written(self.folder / "cni" / "10-pods.conflist", _cni(self.folder, self.machine))
        _written(self.folder / "kubelet.yaml", yaml.safe_dump(_kubelet(self.folder, self.machine)))
        _written(self.folder / "proxy.yaml", yaml.safe_dump(_proxy(self._kubeconfig, self.machine)))
        words = ["unshare", *self._namespaces, "--fork", "--kill-child", "--mount-proc", str(pause)]
        self._init = subprocess.Popen(words)
        if self.machine.has_own_network:
            cabling.lay(self.machine, self._first())
        else:
            cabling.make_home(self.machine)
        self.run("containerd", "containerd", "--config", str(self.folder / "containerd.toml"))

    def proxy(self) -> None:
        """Start what carries requests of Services, once the node is known."""
        self.run("proxy", str(self._kube), "proxy", "--config", str(self.folder / "proxy.yaml"))

    def kubelet(self) -> None:
        """Start what makes it a node."""
        words = [str(self._kube), "kubelet", "--config", str(self.folder / "kubelet.yaml")]
        words += ["--kubeconfig", str(self._kubeconfig), "--root-dir", str(self.folder / "kubelet")]
        words += ["--node-ip", self.machine.address, "--hostname-override", self.machine.name]
        self.run("kubelet", *words)

    @property
    def _namespaces(self) -> list[str]:
        return ["--mount", "--pid", *(["--net"] if self.machine.has_own_network else [])]

    def cut_off(self) -> None:
        """Pull its cable, and end its kubelet: nothing of it is heard, and what runs there runs on."""
        assert self.machine.has_own_network
        cabling.pull(self._first())
        self.kill("kubelet")

    def join_again(self) -> None:
        """As it was."""
        cabling.plug(self._first())
        self.kubelet()

    @property
    def parts(self) -> Mapping[str, subprocess.Popen[bytes]]:
        """What runs."""
        return self._parts

    def run(self, name: str, *words: str) -> None:
        """Start a part beside the others."""
        log = (self.folder / f"{name}.log").open("ab")
        entered = ["nsenter", "--target", str(self._first()), *self._namespaces]
        self._parts[name] = subprocess.Popen([*entered, *words], stdout=log, stderr=log)
        log.close()

    def kill(self, name: str) -> None:
        """As a crash would."""
        for child in psutil.Process(self._parts[name].pid).children():
            child.kill()
        self._parts.pop(name).wait(timeout=10)

    def has_image(self, archive: Path) -> None:
        """Import an image."""
        self._ctr("images", "import", str(archive))

    def kill_container(self, id: str) -> None:
        """Without warning."""
        self._ctr("tasks", "kill", "--signal", "SIGKILL", id)

    def _ctr(self, *words: str) -> None:
        asked = ["ctr", "--address", str(self.containerd), "--namespace", "k8s.io", *words]
        entered = ["nsenter", "--target", str(self._first()), *self._namespaces]
        subprocess.run([*entered, *asked], check=True, capture_output=True, timeout=120)

    def stop(self) -> None:
        """Everything ends with the namespaces' first process."""
        if self._init is None:
            return
        if self.machine.has_own_network:
            cabling.remove()
        psutil.Process(self._first()).kill()
        self._init.wait(timeout=30)
        for part in self._parts.values():
            part.wait(timeout=30)
        _forget_cgroups(self.machine)
        shutil.rmtree(self.folder / "containerd", ignore_errors=True)

    def _first(self) -> int:
        assert self._init is not None
        deadline = time.monotonic() + 10
        while not (children := psutil.Process(self._init.pid).children()):
            assert time.monotonic() < deadline, "the node's namespaces did not begin"
            time.sleep(0.01)
        return int(children[0].pid)


def _containerd(folder: Path) -> str:
    """Its settings. Where CAP_SYS_RESOURCE lacks, a sandbox needs `restrict_oom_score_adj`; none stays in /run."""
    return f"""
version = 2
root = "{folder}/containerd/root"
state = "{folder}/containerd/state"
[grpc]
  address = "{folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{SANDBOX}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{CNI_PROGRAMS}"
    conf_dir = "{folder}/cni"
"""


def _cni(folder: Path, machine: Machine) -> str:
    return f"""
{{"cniVersion": "1.0.0", "name": "pods", "plugins": [
  {{"type": "bridge", "bridge": "pods0", "isGateway": true, "hairpinMode": true, "ipMasq": false,
    "ipam": {{"type": "host-local", "dataDir": "{folder}/addresses",
      "ranges": [[{{"subnet": "{machine.pods}"}}]], "routes": [{{"dst": "0.0.0.0/0"}}]}}}},
  {{"type": "portmap", "capabilities": {{"portMappings": true}}}}]}}
"""


def _kubelet(folder: Path, machine: Machine) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": machine.address,
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{machine.cgroups}",
        "containerRuntimeEndpoint": f"unix://{folder}/containerd.sock",
        "enforceNodeAllocatable": [],
        "failSwapOn": False,
        "clusterDomain": "cluster.local",
        "imageMinimumGCAge": "24h",
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "podLogsDir": f"{folder}/pod-logs",
        "serializeImagePulls": False,
        "nodeStatusUpdateFrequency": "2s",
        "shutdownGracePeriod": "0s",
    }


def _proxy(kubeconfig: Path, machine: Machine) -> dict[str, object]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(kubeconfig)},
        "clusterCIDR": PODS,
        "hostnameOverride": machine.name,
        "mode": "iptables",
        # Limits of the whole machine, which a namespace may not set.
        "conntrack": {"maxPerCore": 0, "min": 0},
        "iptables": {"minSyncPeriod": "0.1s"},
    }


def _written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def make_cgroups(machine: Machine) -> None:
    """The kubelet wants its root to be there."""
    for controller in _controllers():
        (controller / machine.cgroups).mkdir(exist_ok=True)


def _forget_cgroups(machine: Machine) -> None:
    for controller in _controllers():
        root = controller / machine.cgroups
        inner = sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True)
        for folder in (*inner, root):
            try:
                folder.rmdir()
            except OSError:
                continue


def _controllers() -> list[Path]:
    root = Path("/sys/fs/cgroup")
    if (root / "cgroup.controllers").exists():
        return [root]
    return [path for path in root.iterdir() if path.is_dir() and not path.is_symlink()]
