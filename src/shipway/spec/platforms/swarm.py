"""Services of a Docker Swarm: the keys of containers, and what only a Swarm has."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_serializer

from shipway.spec import units
from shipway.spec.fields import DurationPositive, Section, Text
from shipway.spec.platforms.bounds import Memory
from shipway.spec.platforms.docker import VOLUMES_MAX, Cpus, FromFile, Heartbeat, Limits, Volume
from shipway.spec.platforms.process import Ports
from shipway.spec.problems import Wrong

NAME = r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$"
CONSTRAINT = r"^[A-Za-z0-9._/-]+ *(==|!=) *[A-Za-z0-9._/:*-]+$"
MEMORY_LEAST = 4 * 2**20
OF_ENGINES = ("z", "Z")
"""Modes of volumes that only an engine of one machine knows."""
GIVEN_MAX, CONSTRAINTS_MAX = 50, 20


def _secret(name: str) -> str:
    if re.fullmatch(NAME, name, re.ASCII):
        return name
    raise Wrong(
        f"{units.quoted(name)} cannot name a secret",
        why="A Swarm's secrets have names of letters, digits, dots, dashes and underscores, 64 at most.",
        fix="Write a name that `docker secret ls` shows.",
    )


def _constraint(text: str) -> str:
    if re.fullmatch(CONSTRAINT, text, re.ASCII):
        return text
    raise Wrong(
        f"{units.quoted(text)} is not a constraint",
        why="It compares something of a node with == or !=.",
        fix="Write node.labels.zone == a, or node.role == worker.",
    )


def _mount(text: str) -> str:
    found = next((mode for mode in text.split(":")[2:] for mode in mode.split(",") if mode in OF_ENGINES), None)
    if found is None:
        return text
    raise Wrong(
        f"{units.quoted(text)} is not a volume of a Swarm",
        why=f"It has no mode {found}: nothing there relabels files for SELinux.",
        fix="Leave it out, and label the files on each node.",
    )


def _target(path: str) -> str:
    if path.startswith("/") and not path.endswith("/"):
        return path
    raise Wrong(
        f"{units.quoted(path)} is not a file in the container",
        why="Its path is absolute.",
        fix="Write `/etc/checkout.toml: ./checkout.toml`.",
    )


Secret = Annotated[Text, AfterValidator(_secret), WithJsonSchema({"type": "string", "pattern": NAME})]
Constraint = Annotated[
    Text, AfterValidator(_constraint), WithJsonSchema({"type": "string", "pattern": CONSTRAINT})
]
Target = Annotated[Text, AfterValidator(_target)]
Mount = Annotated[Volume, AfterValidator(_mount)]


def _memory(amount: int) -> int:
    if amount >= MEMORY_LEAST:
        return amount
    raise Wrong(
        f"{amount} bytes are too little for a Swarm",
        why="It takes 4MiB at least, and says so only to whoever creates the service.",
        fix="Write 4MiB or more.",
    )


MemoryOfSwarm = Annotated[Memory, AfterValidator(_memory)]


class SwarmLimits(Limits):
    """How much one replica gets."""

    memory: MemoryOfSwarm | None = None


class Reserve(Section):
    """What a node must have left for one replica."""

    memory: MemoryOfSwarm | None = None
    cpus: Cpus | None = None

    @model_serializer
    def _only_what_is_written(self) -> dict[str, float]:
        written = {"memory": self.memory, "cpus": self.cpus}
        return {name: value for name, value in written.items() if value is not None}


class Update(Section):
    """How the Swarm itself replaces tasks."""

    order: Literal["start-first", "stop-first"] = "start-first"
    monitor: DurationPositive = 5.0


class Options(FromFile):
    """What is started, and where."""

    FILE, KIND = "stack", "stack file"

    stack: Text | None = None
    volumes: Annotated[tuple[Mount, ...], Field(max_length=VOLUMES_MAX)] = ()
    limits: SwarmLimits | None = None
    ports: Ports = (20000, 29999)
    secrets: Annotated[tuple[Secret, ...], Field(max_length=GIVEN_MAX)] = ()
    configs: Annotated[dict[Target, Text], Field(max_length=GIVEN_MAX)] = Field(default={})
    constraints: Annotated[tuple[Constraint, ...], Field(max_length=CONSTRAINTS_MAX)] = ()
    reserve: Reserve | None = None
    update: Update | None = None
    heartbeat: Heartbeat | None = None
