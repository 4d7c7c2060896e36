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

from platforms.kubernetes.settings import CGROUPS, NODE_NAME, PODS, SERVICES

CNI_PROGRAMS = "/usr/lib/cni"
SANDBOX = "shipway.test/pause:1"


class Node:
    """The parts that run pods. `kube` is the binary, `kubeconfig` what they sign in with.

    Several share a network: each has an address of its own there.
    """

    def __init__(self, folder: Path, kube: Path, kubeconfig: Path, name: str, address: str) -> None:
        self._folder, self._kube, self._kubeconfig = folder, kube, kubeconfig
        self.name, self.address, self._cgroups = name, address, f"{CGROUPS}-{name}"
        self._init: subprocess.Popen[bytes] | None = None
        self._parts: dict[str, subprocess.Popen[bytes]] = {}
        self.containerd = folder / "containerd.sock"

    def start(self, pause: Path) -> None:
        """Returns when containerd can be told of images."""
        self._make_cgroups()
        _made_network(self.address)
        _written(self._folder / "containerd.toml", _containerd(self._folder))
        _written(self._folder / "cni" / "10-pods.conflist", _cni())
        kubelet = _kubelet(self._folder, self.address, self._cgroups)
        _written(self._folder / "kubelet.yaml", yaml.safe_dump(kubelet))
        _written(self._folder / "proxy.yaml", yaml.safe_dump(_proxy(self._kubeconfig)))
        words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", str(pause)]
        self._init = subprocess.Popen(words)
        self.run("containerd", "containerd", "--config", str(self._folder / "containerd.toml"))

    def proxy(self) -> None:
        """Start what carries requests of Services, once the node is known."""
        self.run("proxy", str(self._kube), "proxy", "--config", str(self._folder / "proxy.yaml"))

    def kubelet(self) -> None:
        """Start what makes it a node."""
        words = [str(self._kube), "kubelet", "--config", str(self._folder / "kubelet.yaml")]
        words += ["--kubeconfig", str(self._kubeconfig), "--root-dir", str(self._folder / "kubelet")]
        words += ["--node-ip", self.address, "--hostname-override", self.name]
        self.run("kubelet", *words)

    @property
    def parts(self) -> Mapping[str, subprocess.Popen[bytes]]:
        """What runs."""
        return self._parts

    def run(self, name: str, *words: str) -> None:
        """Start a part beside the others."""
        log = (self._folder / f"{name}.log").open("ab")
        entered = ["nsenter", "--target", str(self._first()), "--mount", "--pid"]
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
        entered = ["nsenter", "--target", str(self._first()), "--mount", "--pid"]
        subprocess.run([*entered, *asked], check=True, capture_output=True, timeout=120)

    def stop(self) -> None:
        """Everything ends with the namespaces' first process."""
        if self._init is None:
            return
        psutil.Process(self._first()).kill()
        self._init.wait(timeout=30)
        for part in self._parts.values():
            part.wait(timeout=30)
        self._forget_cgroups()
        shutil.rmtree(self._folder / "containerd", ignore_errors=True)

    def _make_cgroups(self) -> None:
        """The kubelet wants its root to be there."""
        for controller in _controllers():
            (controller / self._cgroups).mkdir(exist_ok=True)

    def _forget_cgroups(self) -> None:
        for controller in _controllers():
            root = controller / self._cgroups
            inner = sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True)
            for folder in (*inner, root):
                try:
                    folder.rmdir()
                except OSError:
                    continue

    def _first(self) -> int:
        assert self._init is not None
        deadline = time.monotonic() + 10
        while not (children := psutil.Process(self._init.pid).children()):
            assert time.monotonic() < deadline, "the node's namespaces did not begin"
            time.sleep(0.01)
        return int(children[0].pid)


def _made_network(address: str) -> None:
    """The nodes' addresses lie on a bridge without members: they stay local whatever else the machine has."""
    if not subprocess.run(["ip", "link", "show", "node0"], check=False, capture_output=True).returncode:
        subprocess.run(
            ["ip", "address", "replace", f"{address}/32", "dev", "node0"], check=True, capture_output=True
        )
        return
    for words in (
        ["ip", "link", "add", "node0", "type", "bridge"],
        ["ip", "address", "add", f"{address}/32", "dev", "node0"],
        ["ip", "link", "set", "node0", "up"],
        ["ip", "route", "add", SERVICES, "dev", "node0"],
        ["ip", "route", "add", "default", "dev", "node0"],
    ):
        subprocess.run(words, check=True, capture_output=True)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def _containerd(folder: Path) -> str:
    """Its settings. Where CAP_SYS_RESOURCE lacks, a sandbox needs `restrict_oom_score_adj`."""
    return f"""
version = 2
root = "{folder}/containerd/root"
state = "{folder}/containerd/state"
[grpc]
  address = "{folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{SANDBOX}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{CNI_PROGRAMS}"
    conf_dir = "{folder}/cni"
"""


def _cni() -> str:
    return f"""
{{"cniVersion": "1.0.0", "name": "pods", "plugins": [
  {{"type": "bridge", "bridge": "pods0", "isGateway": true, "hairpinMode": true, "ipMasq": false,
    "ipam": {{"type": "host-local", "ranges": [[{{"subnet": "{PODS}"}}]], "routes": [{{"dst": "0.0.0.0/0"}}]}}}},
  {{"type": "portmap", "capabilities": {{"portMappings": true}}}}]}}
"""


def _kubelet(folder: Path, address: str, cgroups: str) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": address,
        "healthzPort": 0,
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{cgroups}",
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


def _proxy(kubeconfig: Path) -> dict[str, object]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(kubeconfig)},
        "clusterCIDR": PODS,
        "hostnameOverride": NODE_NAME,
        "mode": "iptables",
        # Limits of the whole machine, which a namespace may not set.
        "conntrack": {"maxPerCore": 0, "min": 0},
        "iptables": {"minSyncPeriod": "0.1s"},
    }


def _written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _controllers() -> list[Path]:
    root = Path("/sys/fs/cgroup")
    if (root / "cgroup.controllers").exists():
        return [root]
    return [path for path in root.iterdir() if path.is_dir() and not path.is_symlink()]
