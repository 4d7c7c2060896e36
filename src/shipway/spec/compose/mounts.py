"""Volumes, ports, secrets and configs of a service, each in its short and its long form."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from shipway.spec.compose.fields import Bytes, Mode, Named, Number, Switch, Whole, each
from shipway.spec.fields import Section, Text
from shipway.spec.problems import Wrong
from shipway.spec.units import quoted

PORT = re.compile(
    r"(?:(?P<host>\[[0-9a-fA-F:]+\]|[0-9]+(?:\.[0-9]+){3}):)?(?:(?P<published>[0-9]{0,5}):)?(?P<target>[0-9]{1,5})"
    r"(?:/(?P<protocol>tcp|udp|sctp))?",
    re.ASCII,
)


class Port(Section):
    """One that the service listens on."""

    target: Whole
    published: Text | None = None
    """Of the machine; none is any."""
    host_ip: Text | None = None
    protocol: Text = "tcp"
    mode: Literal["host", "ingress"] | None = None
    name: Text | None = None
    app_protocol: Text | None = None


class OfVolume(Section):
    """What only a volume has."""

    nocopy: Switch = False
    subpath: Text | None = None


class OfBind(Section):
    """What only a path of the machine has."""

    propagation: Text | None = None
    create_host_path: Switch = True
    selinux: Text | None = None


class OfTmpfs(Section):
    """What only memory has."""

    size: Bytes | None = None
    mode: Mode | None = None


class Mount(Section):
    """What stands at a path of the container."""

    type: Literal["volume", "bind", "tmpfs", "npipe", "cluster", "image"] = "volume"
    source: Text | None = None
    target: Text
    read_only: Switch = False
    consistency: Text | None = None
    volume: OfVolume | None = None
    bind: OfBind | None = None
    tmpfs: OfTmpfs | None = None
    mode: str = ""
    """Of the short form, behind its second colon: `ro,z`."""


class Handed(Section):
    """A secret or a config that the service is given as a file."""

    source: Text
    target: Text | None = None
    uid: Text | None = None
    gid: Text | None = None
    mode: Mode | None = None
    """Octal."""


class EnvFile(Section):
    """A file of `NAME=value` lines."""

    path: Text
    required: Switch = True
    format: Text | None = None


class Joined(Section):
    """How the service is in a network."""

    aliases: tuple[Text, ...] = ()
    ipv4_address: Text | None = None
    ipv6_address: Text | None = None
    link_local_ips: tuple[Text, ...] = ()
    mac_address: Text | None = None
    driver_opts: Named = Field(default={})
    gw_priority: Number | None = None
    priority: Number | None = None
    interface_name: Text | None = None


def _port(value: object) -> object:
    if not isinstance(value, str):
        return value
    if found := PORT.fullmatch(value):
        parts = {"host_ip": found["host"], "published": found["published"] or None, "target": found["target"]}
        return {**parts, "protocol": found["protocol"] or "tcp"}
    raise Wrong(
        f"{quoted(value)} is not a port",
        why="It is the machine's port, a colon, and the container's; ranges are not taken.",
        fix="Write 8080:80, one a line.",
    )


def _mount(value: object) -> object:
    if not isinstance(value, str):
        return value
    source, target, mode = _parts(value)
    if not target.startswith("/"):
        raise Wrong(
            f"{quoted(value)} is not a volume",
            why="Behind the colon is an absolute path in the container.",
            fix="Write data:/var/lib/shop, or ./conf:/etc/shop:ro.",
        )
    is_path = source.startswith((".", "/", "~"))
    found = {"type": "bind" if is_path else "volume", "source": source or None, "target": target, "mode": mode}
    return {**found, "read_only": "ro" in mode.split(",")}


def _parts(text: str) -> tuple[str, str, str]:
    """Source, target and mode; a path alone is a volume without a name."""
    first, *rest = text.split(":")
    return (first, rest[0], ":".join(rest[1:])) if rest else ("", first, "")


def _handed(value: object) -> object:
    return {"source": value} if isinstance(value, str) else value


def _env_files(value: object) -> object:
    listed = value if isinstance(value, list) else [value]
    return [{"path": one} if isinstance(one, str) else one for one in listed]


def _joined(value: object) -> object:
    """Names in a list, or a mapping of names to how it is there."""
    if isinstance(value, list):
        return {str(name): {} for name in value}
    if isinstance(value, dict):
        return {name: {} if how is None else how for name, how in value.items()}
    return value


Ports = Annotated[tuple[Port, ...], BeforeValidator(each(_port))]
Mounts = Annotated[tuple[Mount, ...], BeforeValidator(each(_mount))]
HandedOut = Annotated[tuple[Handed, ...], BeforeValidator(each(_handed))]
EnvFiles = Annotated[tuple[EnvFile, ...], BeforeValidator(_env_files)]
Networks = Annotated[dict[str, Joined], BeforeValidator(_joined)]
