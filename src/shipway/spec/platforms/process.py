"""Processes on this machine, kept alive by a supervisor."""

import re
import shlex
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    WithJsonSchema,
    field_validator,
    model_serializer,
    model_validator,
)

from shipway.model.metric import ERROR_PATTERN
from shipway.spec.fields import CountPositive, DurationPositive, EnvironmentText, Section, Text
from shipway.spec.nearest import nearest
from shipway.spec.platforms.bounds import Account, Limits, Umask
from shipway.spec.problems import NoSuchName, Wrong
from shipway.spec.units import quoted

OPERATORS = {"&&", "||", "|", "&", ";", ">", ">>", "<"}
PLACEHOLDERS = ("port", "version", "files", "replica", "revision")
SOURCES_MAX = 20
PORT_LOWEST = 1024
PORT_HIGHEST = 65535


def _placeholders(text: str) -> str:
    """Other braces are the shell's; only a slip of the pen is an error."""
    for word in re.findall(r"(?<!\$)\{([a-z_]{2,16})\}", text):
        meant = None if word in PLACEHOLDERS else nearest(word, PLACEHOLDERS, likeness=0.75)
        if meant:
            raise NoSuchName(
                f"`{{{word}}}` is filled in by nobody",
                why="Known here: {files}, {port}, {replica}, {revision}, {version}.",
                fix=f"Did you mean {{{meant}}}?",
            )
    return text


def _words(command: str) -> str:
    """No shell runs it, so that signals reach the application itself."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise Wrong(
            "a quote in the command is not closed", why="It is split into words as a shell would.", fix="Close it."
        ) from error
    if operator := next((word for word in words if word in OPERATORS), None):
        raise Wrong(
            f"{quoted(operator)} would be passed on as a word",
            why="No shell runs the command, so that signals reach the application.",
            fix="Use directory, env and prepare; or begin with `sh -c` and quote the rest.",
        )
    return command


def _ports(value: object) -> tuple[int, int]:
    if isinstance(value, tuple):
        return value
    found = re.fullmatch(r"([0-9]{1,5})-([0-9]{1,5})", str(value), re.ASCII) if isinstance(value, str) else None
    if found and PORT_LOWEST <= int(found[1]) < int(found[2]) <= PORT_HIGHEST:
        return int(found[1]), int(found[2])
    raise Wrong(
        f"{quoted(value)} is not a range of ports",
        why=f"Replicas take free ports between two numbers from {PORT_LOWEST} to {PORT_HIGHEST}.",
        fix="Write 20000-29999.",
    )


def _regular(pattern: str) -> str:
    try:
        re.compile(pattern.encode())
    except re.error as error:
        raise Wrong(
            f"{quoted(pattern)} is not a regular expression",
            why=f"Python's re says: {error}.",
            fix="Write one such as ERROR|CRITICAL; a backslash before a sign takes it as it is.",
        ) from error
    return pattern


def _environment(value: object) -> object:
    if not isinstance(value, dict):
        return value
    for name, text in value.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name, re.ASCII):
            raise Wrong(
                f"{quoted(name)} cannot name a variable",
                why="Names have letters, digits and underscores, and no digit first.",
                fix="Rename it.",
                at=(name,),
            )
        if text is None:
            raise Wrong(
                f"`{name}` has no value",
                why="Nothing after the colon may mean empty or forgotten.",
                fix=f'Write {name}: "" for an empty value, or remove the line.',
                at=(name,),
            )
    return value


Script = Annotated[Text, AfterValidator(_placeholders)]
Command = Annotated[Script, AfterValidator(_words)]
Ports = Annotated[
    tuple[int, int],
    BeforeValidator(_ports),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4,5}-[0-9]{4,5}$"}),
]


Environment = Annotated[dict[str, EnvironmentText], BeforeValidator(_environment)]
Protocol = Literal["http1", "h2c", "grpc"]
Regular = Annotated[Text, AfterValidator(_regular)]


class Source(Section):
    """Where variables are that nobody else may see."""

    file: Script | None = None
    command: Script | None = None

    @model_serializer
    def _only_what_is_written(self) -> dict[str, str]:
        return {"file": self.file} if self.file is not None else {"command": self.command or ""}

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if "{revision}" in (self.file or self.command or ""):
            raise Wrong(
                "a secret cannot be where {revision} says",
                why="What it is makes the revision another one, so it is read before that has a name.",
                fix="Write {version}.",
            )
        if (self.file is None) != (self.command is None):
            return self
        raise Wrong(
            "names both a file and a command" if self.file else "names nothing",
            why="Secrets come from a file, or from a command that prints them.",
            fix="Write `- file: secrets.env` or `- command: ./get-secrets`.",
        )


class Heartbeat(Section):
    """How a worker shows that it works."""

    file: Script | None = None
    command: Command | None = None
    within: DurationPositive = 30.0

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        if self.file and self.command:
            raise Wrong(
                "a heartbeat is a file or a command",
                why="Two answers could differ.",
                fix="Remove one of them.",
                at=("command",),
            )
        return self

    @field_validator("file")
    @classmethod
    def _own(cls, file: str | None) -> str | None:
        """A file of each replica's own: in one of all, a replica that works would hide another that hangs."""
        return file if file is None or "{replica}" in file else f"{file}.{{replica}}"


class Options(Section):
    """What is started, and how."""

    prepare: Script | None = None
    command: Command = Field(examples=["python app.py --port {port}"])
    directory: Text = "."
    env: Environment = Field(default={})
    env_from: Annotated[tuple[Source, ...], Field(max_length=SOURCES_MAX)] = ()
    replicas: CountPositive = 1
    stop_grace: DurationPositive = 30.0
    ports: Ports = (20000, 29999)
    protocol: Protocol | None = None
    error_lines: Regular = ERROR_PATTERN
    user: Account | None = None
    group: Account | None = None
    umask: Umask | None = None
    limits: Limits | None = None
    heartbeat: Heartbeat | None = None
