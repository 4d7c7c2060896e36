"""What the services of a file share: its name, networks, volumes, secrets and configs."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from shipway.spec.compose.fields import Named, Switch
from shipway.spec.fields import Section, Text

NAME = re.compile(r"[^a-z0-9_-]")
DEFAULT = "default"
"""The network of services that name none."""


def _external(value: object) -> object:
    """The old form says the name there: `external: {name: backend}`."""
    return "true" if isinstance(value, dict) else value


class Pool(Section):
    """A range of addresses."""

    subnet: Text | None = None
    gateway: Text | None = None
    ip_range: Text | None = None
    aux_addresses: Named = Field(default={})


class Addresses(Section):
    """Of a network."""

    driver: Text | None = None
    config: tuple[Pool, ...] = ()
    options: Named = Field(default={})


class Shared(Section):
    """Something with a name of its own in the engine."""

    name: Text | None = None
    external: Annotated[Switch, BeforeValidator(_external)] = False


class Network(Shared):
    """One that is joined, and made where it is missing."""

    driver: Text | None = None
    driver_opts: Named = Field(default={})
    labels: Named = Field(default={})
    internal: Switch = False
    attachable: Switch = False
    enable_ipv4: Switch = True
    enable_ipv6: Switch = False
    ipam: Addresses | None = None


class Volume(Shared):
    """One that is mounted, and made where it is missing."""

    driver: Text | None = None
    driver_opts: Named = Field(default={})
    labels: Named = Field(default={})


class Given(Shared):
    """Where a secret or a config is."""

    file: Text | None = None
    environment: Text | None = None
    content: Text | None = None
    labels: Named = Field(default={})
    driver: Text | None = None
    driver_opts: Named = Field(default={})
    template_driver: Text | None = None


class Project(Section):
    """All but the services."""

    name: Text
    networks: dict[str, Network] = Field(default={})
    volumes: dict[str, Volume] = Field(default={})
    secrets: dict[str, Given] = Field(default={})
    configs: dict[str, Given] = Field(default={})

    def called(self, name: str, shared: Shared) -> str:
        """Its name in the engine: as the file says it, or after the project."""
        return shared.name or (name if shared.external else f"{self.name}_{name}")


def plain(name: str) -> str:
    """As Compose makes a project's name of a folder's."""
    return NAME.sub("", name.lower()).lstrip("_-")


def name_of(folder: Path) -> str:
    """Of a project whose file says none."""
    return plain(folder.absolute().name) or DEFAULT
