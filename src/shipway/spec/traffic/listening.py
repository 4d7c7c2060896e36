"""Where a proxy listens: a port, or an IP address and a port."""

import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from shipway.spec.problems import Wrong
from shipway.spec.units import quoted

EVERYWHERE, LOCAL = "0.0.0.0", "127.0.0.1"
ADDRESS = r"^(?:([0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\]):)?([0-9]{1,5})$"


def port_of(address: str) -> str:
    """`8080` of `0.0.0.0:8080`."""
    return address.rpartition(":")[2]


def _address(value: object, host: str) -> str:
    text = str(value) if isinstance(value, str | int) else ""
    found = re.fullmatch(ADDRESS, text, re.ASCII)
    if found and 0 < int(found[2]) <= 65535 and _is_ip(found[1] or host):
        return f"{found[1] or host}:{int(found[2])}"
    raise Wrong(
        f"{quoted(value)} is not a place to listen",
        why="A proxy listens on a port from 1 to 65535, or on an IP address and a port.",
        fix=f"Write 8080 or {LOCAL}:8080.",
    )


def _is_ip(host: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _public(value: object) -> str:
    return _address(value, EVERYWHERE)


def _private(value: object) -> str:
    return _address(value, LOCAL)


SCHEMA = {"type": ["integer", "string"], "minimum": 1, "maximum": 65535, "pattern": ADDRESS}
Public = Annotated[str, BeforeValidator(_public), WithJsonSchema(SCHEMA)]
"""On all addresses, unless one is said."""
Private = Annotated[str, BeforeValidator(_private), WithJsonSchema(SCHEMA)]
"""On this machine alone, unless an address is said."""


def require_apart(listen: str, preview: str | None) -> None:
    """Raises `Wrong` for one port for both."""
    if preview is not None and port_of(preview) == port_of(listen):
        raise Wrong(
            "the preview has the port of the service",
            why="The new version is looked at on an address of its own before users get it.",
            fix="Give the preview another port, for example 8081.",
            at=("preview",),
        )
