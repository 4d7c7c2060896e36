"""Writes a first `shipway.yaml`: short, commented in the words of `reference.yaml`, and valid."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import wrap

from shipway.errors import ShipwayError
from shipway.spec.reference import entries
from shipway.spec.tree import parse

SCHEMA_PATH = ".shipway/schema.json"
"""Where `shipway init` puts `schema.text()`, relative to the release file."""
WIDTH = 80
INDENT = 2


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What has to be known about a service to ship it."""

    service: str
    command: str
    kind: str = "http"
    prepare: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    replicas: int = 2
    port: int = 8080
    """Where users reach the service."""
    preview: int | None = None
    ready: str = "/health/ready"
    alive: str = "/health/alive"
    strategy: str = "rolling"


@dataclass(frozen=True)
class _Line:
    path: str
    value: str = ""
    on: bool = True
    """Otherwise it is written as a comment, to be switched on by deleting one sign."""


OPTIONS = {
    "rolling": ("rolling.batches",),
    "blue-green": ("blue-green.bake",),
    "canary": ("canary.stages", "canary.bake"),
    "experiment": ("experiment.split", "experiment.lasts"),
}


def sample(facts: Facts) -> str:
    """The file's text. It loads without an error when the facts are valid themselves."""
    head = [
        f"# yaml-language-server: $schema={SCHEMA_PATH}",
        f"# How {facts.service} is shipped. What is not here has a default.",
    ]
    return "\n".join([*head, *(text for line in _lines(facts) for text in _written(line))]) + "\n"


def _lines(facts: Facts) -> Iterator[_Line]:
    yield _Line("service", scalar(facts.service))
    if facts.kind == "worker":
        yield _Line("kind", facts.kind)
    yield from _platform(facts)
    if facts.kind == "http":
        yield from _requests(facts)
    yield _Line("strategy", facts.strategy)
    yield from _strategy(facts.strategy)
    yield _Line("smoke", _usual("smoke"), on=False)
    yield _Line("guard")
    yield _Line("guard.success_rate", _usual("guard.success_rate"), on=False)
    yield _Line("rollback")
    yield _Line("rollback.window", _usual("rollback.window"))


def _requests(facts: Facts) -> Iterator[_Line]:
    """How replicas are asked, and how requests come to them."""
    yield _Line("health")
    yield _Line("health.ready")
    yield _Line("health.ready.path", scalar(facts.ready))
    yield _Line("health.alive")
    yield _Line("health.alive.path", scalar(facts.alive))
    yield _Line("traffic")
    yield _Line("traffic.envoy")
    yield _Line("traffic.envoy.listen", str(facts.port))
    yield _Line("traffic.envoy.preview", str(facts.preview or facts.port + 1), on=facts.preview is not None)


def _platform(facts: Facts) -> Iterator[_Line]:
    yield _Line("platform")
    yield _Line("platform.process")
    if facts.prepare is not None:
        yield _Line("platform.process.prepare", scalar(facts.prepare))
    yield _Line("platform.process.command", scalar(facts.command))
    if facts.env:
        pairs = ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in facts.env.items())
        yield _Line("platform.process.env", f"{{{pairs}}}")
    yield _Line("platform.process.replicas", str(facts.replicas))
    if facts.kind == "worker":
        yield _Line("platform.process.heartbeat")
        yield _Line("platform.process.heartbeat.within", _usual("platform.process.heartbeat.within"))


def _strategy(strategy: str) -> Iterator[_Line]:
    yield _Line(strategy)
    for option in OPTIONS[strategy]:
        yield _Line(option, _usual(option))


def _usual(name: str) -> str:
    """The default, or the reference's sample where there is none."""
    entry = entries()[tuple(name.split("."))]
    return entry.default or entry.sample or ""


def _written(line: _Line) -> Iterator[str]:
    """A key under its comment; an empty line stands before each key of the top level."""
    keys = tuple(line.path.split("."))
    indent = " " * (INDENT * (len(keys) - 1))
    if len(keys) == 1:
        yield ""
    for text in wrap(entries()[keys].meaning, WIDTH - len(indent) - 2):
        yield f"{indent}# {text}"
    yield f"{indent}{'' if line.on else '# '}{keys[-1]}: {line.value}".rstrip()


def scalar(text: str) -> str:
    """Text as a YAML value, in quotes only where it needs them."""
    return text if _is_plain(text) else json.dumps(text, ensure_ascii=False)


def _is_plain(text: str) -> bool:
    try:
        data = parse(f"value: {text}\n", file="sample").data
    except ShipwayError:
        return False
    return data == {"value": text} and isinstance(data, dict) and type(data["value"]) is str
