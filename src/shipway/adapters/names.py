"""Finds adapters by their names: ours by path, others by entry point. Nothing is imported before it is named."""

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from typing import Any

from shipway.errors import UnknownName

Build = Callable[..., Any]
"""An adapter's `build(options, context)`; what it returns is checked by the port's contract suite."""


def builder(kind: str, name: str) -> Build:
    """`builder("traffic", "envoy")` is `adapters.traffic.envoy.build`. Raises `UnknownName` with the siblings."""
    word = name.replace("-", "_")
    if word in _ours(kind):
        build: Build = import_module(f"shipway.adapters.{kind}.{word}").build
        return build
    for entry in entry_points(group=f"shipway.{kind}", name=name):
        loaded: Build = entry.load()
        return loaded
    raise UnknownName(
        f"There is no {kind} adapter `{name}`.",
        why=f"Known are {', '.join(sorted([*_ours(kind), *_theirs(kind)]))}.",
        fix="Choose one of these, or install the package that brings it.",
    )


def _ours(kind: str) -> tuple[str, ...]:
    package = import_module(f"shipway.adapters.{kind}")
    return tuple(module.name for module in iter_modules(package.__path__) if not module.name.startswith("_"))


def _theirs(kind: str) -> tuple[str, ...]:
    return tuple(entry.name for entry in entry_points(group=f"shipway.{kind}"))
