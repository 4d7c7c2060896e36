"""How the machines of a cluster are joined: the first at home in the tests' network, each other one by a cable."""

import subprocess
from pathlib import Path

from platforms.kubernetes.settings import ONE, SERVICES, Machine

HERE, THERE = "cable0", "eth0"
"""The ends of the cable."""


def make_home(machine: Machine) -> None:
    """The node's address lies on a bridge without members: it stays local whatever else the machine has."""
    _ip("link", "add", "node0", "type", "bridge")
    _ip("address", "add", f"{machine.address}/32", "dev", "node0")
    _ip("link", "set", "node0", "up")
    _ip("route", "add", SERVICES, "dev", "node0")
    _ip("route", "add", "default", "dev", "node0")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def lay(machine: Machine, pid: int) -> None:
    """To the network of this process."""
    _ip("link", "add", HERE, "type", "veth", "peer", "name", THERE, "netns", str(pid))
    _ip("link", "set", HERE, "up")
    _ip("route", "add", f"{machine.address}/32", "dev", HERE)
    _ip("route", "add", machine.pods, "via", machine.address)
    _ip("link", "set", "lo", "up", pid=pid)
    _ip("address", "add", f"{machine.address}/32", "dev", THERE, pid=pid)
    _within(pid, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
    plug(pid)


def remove() -> None:
    """With what led over it."""
    _ip("link", "delete", HERE)


def pull(pid: int) -> None:
    """What is sent is lost without a word, as by a machine that has no power."""
    _ip("link", "set", THERE, "down", pid=pid)


def plug(pid: int) -> None:
    """The other end; its routes went with it."""
    _ip("link", "set", THERE, "up", pid=pid)
    _ip("route", "replace", f"{ONE.address}/32", "dev", THERE, pid=pid)
    _ip("route", "replace", "default", "via", ONE.address, pid=pid)


def _ip(*words: str, pid: int | None = None) -> None:
    if pid is None:
        subprocess.run(["ip", *words], check=True, capture_output=True)
    else:
        _within(pid, "ip", *words)


def _within(pid: int, *words: str) -> None:
    subprocess.run(["nsenter", "--target", str(pid), "--net", *words], check=True, capture_output=True)
