"""Envoy on this machine."""

import re
from typing import Annotated, Self

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from shipway.spec.fields import Section
from shipway.spec.problems import Wrong
from shipway.spec.units import quoted

EVERYWHERE = "0.0.0.0"
LOCAL = "127.0.0.1"
ADDRESS = r"^(?:([0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\]):)?([0-9]{1,5})$"


def _address(value: object, host: str) -> str:
    text = str(value) if isinstance(value, str | int) else ""
    found = re.fullmatch(ADDRESS, text, re.ASCII)
    if found and 0 < int(found[2]) <= 65535 and _is_ip(found[1] or host):
        return f"{found[1] or host}:{int(found[2])}"
    raise Wrong(
        f"{quoted(value)} is not a place to listen",
        why="Envoy listens on a port from 1 to 65535, or on an IP address and a port.",
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


class Options(Section):
    """Addresses are `host:port` once they are read."""

    listen: Annotated[str, BeforeValidator(_public), WithJsonSchema(SCHEMA)] = f"{EVERYWHERE}:8080"
    preview: Annotated[str, BeforeValidator(_private), WithJsonSchema(SCHEMA)] | None = None

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.preview is None or self.preview.rpartition(":")[2] != self.listen.rpartition(":")[2]:
            return self
        raise Wrong(
            "the preview has the port of the service",
            why="The new version is looked at on an address of its own before users get it.",
            fix="Give the preview another port, for example 8081.",
            at=("preview",),
        )
