"""Containers of Docker Engine."""

import re
import shlex
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_serializer, model_validator

from shipway.model.metric import ERROR_PATTERN
from shipway.spec import units
from shipway.spec.fields import CountPositive, DurationPositive, EnvironmentText, Section, Switch, Text
from shipway.spec.platforms.bounds import Memory, OpenFiles
from shipway.spec.platforms.process import SOURCES_MAX, Environment, Protocol, Regular, Script, Source
from shipway.spec.problems import Wrong

IMAGE = r"^[a-z0-9][A-Za-z0-9._/:@{}-]{0,254}$"
SIGNAL = r"^SIG[A-Z0-9+-]{2,12}$"
WORDS_MAX, VOLUMES_MAX = 100, 50
CPUS_LEAST, CPUS_MOST = 0.01, 1024.0
PORT_HIGHEST = 65535
OF_FILE = ("service", "variables", "without")
PROPAGATIONS = ("private", "rprivate", "shared", "rshared", "slave", "rslave")
MODES = ("", "ro", "rw", "z", "Z", "nocopy", "cached", "consistent", "delegated", *PROPAGATIONS)
"""What may stand behind a volume's second colon, with commas between."""


def _image(name: str) -> str:
    if re.fullmatch(IMAGE, name, re.ASCII):
        return name
    raise Wrong(
        f"{units.quoted(name)} cannot name an image",
        why="It is a repository in small letters, with a tag or a digest behind it.",
        fix="Write shop/checkout:{version}.",
    )


def _words(value: object) -> object:
    """A line is split as a shell would; no shell runs it."""
    if not isinstance(value, str):
        return value
    try:
        return shlex.split(value)
    except ValueError as error:
        raise Wrong("a quote is not closed", why="It is split into words.", fix="Close it.") from error


def _volume(text: str) -> str:
    source, _, rest = text.partition(":")
    target, _, mode = rest.partition(":")
    if source and target.startswith("/") and all(one in MODES for one in mode.split(",")):
        return text
    raise Wrong(
        f"{units.quoted(text)} is not a volume",
        why="It is a source, a colon, and an absolute path in the container; behind a second colon ro or rw.",
        fix="Write data:/var/lib/shop, or ./conf:/etc/shop:ro.",
    )


def _signal(name: str) -> str:
    if re.fullmatch(SIGNAL, name, re.ASCII):
        return name
    raise Wrong(
        f"{units.quoted(name)} is not a signal", why="Names begin with SIG.", fix="Write SIGTERM or SIGQUIT."
    )


def _port(value: object) -> int:
    return units.whole(value, lowest=1, highest=PORT_HIGHEST)


def _engine(address: str) -> str:
    if address.startswith(("unix://", "npipe://")):
        return address
    raise Wrong(
        f"{units.quoted(address)} is not an engine of this machine",
        why="Requests are sent to the containers' own addresses, which only their machine reaches.",
        fix="Write unix:///var/run/docker.sock, and run Shipway where the containers run.",
    )


def _cpus(value: object) -> float:
    try:
        found = float(units.text_of(value))
    except ValueError:
        found = 0.0
    if CPUS_LEAST <= found <= CPUS_MOST:
        return found
    raise Wrong(
        f"{units.quoted(value)} is not a number of processors",
        why="Parts of one are taken too.",
        fix="Write 0.5 or 2.",
    )


Image = Annotated[Text, AfterValidator(_image), WithJsonSchema({"type": "string", "pattern": IMAGE})]
Words = Annotated[
    tuple[Script, ...],
    BeforeValidator(_words),
    Field(max_length=WORDS_MAX),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
Volume = Annotated[Text, AfterValidator(_volume)]
Signal = Annotated[Text, AfterValidator(_signal), WithJsonSchema({"type": "string", "pattern": SIGNAL})]
Engine = Annotated[Text, AfterValidator(_engine)]
Cpus = Annotated[float, BeforeValidator(_cpus), WithJsonSchema({"type": "number", "minimum": CPUS_LEAST})]
Port = Annotated[
    int,
    BeforeValidator(_port),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": PORT_HIGHEST}),
]


class Heartbeat(Section):
    """How a worker shows that it works: it touches the file that SHIPWAY_HEARTBEAT names."""

    within: DurationPositive = 30.0


class Limits(Section):
    """How much one replica gets."""

    memory: Memory | None = None
    cpus: Cpus | None = None
    open_files: OpenFiles | None = None

    @model_serializer
    def _only_what_is_written(self) -> dict[str, float]:
        written = {"memory": self.memory, "cpus": self.cpus, "open_files": self.open_files}
        return {name: value for name, value in written.items() if value is not None}


class Container(Section):
    """What is started, and how: of one engine's containers as of a Swarm's."""

    pull: Literal["missing", "always"] = "missing"
    command: Words = ()
    entrypoint: Words = ()
    port: Port | None = None
    env: Environment = Field(default={})
    replicas: CountPositive = 1
    user: Text | None = None
    working_directory: Text | None = None
    networks: tuple[Text, ...] = ()
    volumes: Annotated[tuple[Volume, ...], Field(max_length=VOLUMES_MAX)] = ()
    labels: dict[str, EnvironmentText] = Field(default={})
    limits: Limits | None = None
    stop_grace: DurationPositive = 30.0
    stop_signal: Signal | None = None
    init: Switch = False
    read_only: Switch = False
    protocol: Protocol | None = None
    error_lines: Regular = ERROR_PATTERN
    engine: Engine | None = None


class FromFile(Container):
    """That, or a service of another file that says it."""

    FILE: ClassVar[str]
    """The key that names the file."""
    KIND: ClassVar[str]

    image: Image | None = None
    service: Text | None = None
    variables: Environment = Field(default={})
    without: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _says_what_runs(self) -> Self:
        if getattr(self, self.FILE) is not None:
            return self
        if found := next((key for key in OF_FILE if key in self.model_fields_set), None):
            raise Wrong(
                f"nothing says which {self.KIND}",
                why="It is about a service of one.",
                fix=f"Write `{self.FILE}: {self.FILE}.yaml` beside it, or remove it.",
                at=(found,),
            )
        if self.image is None:
            raise Wrong(
                "nothing says what runs",
                why="A container is made of an image.",
                fix=f"Write `image: shop/checkout:{{version}}`, or `{self.FILE}: {self.FILE}.yaml`.",
            )
        return self


class Options(FromFile):
    """That, and what it is given by files of this machine."""

    FILE, KIND = "compose", "Compose file"

    compose: Text | None = None
    env_from: Annotated[tuple[Source, ...], Field(max_length=SOURCES_MAX)] = ()
    secret_files: dict[str, Text] = Field(default={})
    heartbeat: Heartbeat | None = None
