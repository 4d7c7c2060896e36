"""One object of a file of manifests, and where each part of it is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

Object = dict[str, Any]
Key = str | int


@dataclass(frozen=True, eq=False)
class Manifest:
    """As somebody wrote it."""

    body: Object
    file: str
    node: yaml.Node

    @property
    def kind(self) -> str:
        """`Deployment`."""
        return str(self.body.get("kind", ""))

    @property
    def version(self) -> str:
        """`apps/v1`."""
        return str(self.body.get("apiVersion", ""))

    @property
    def name(self) -> str:
        """Of the object."""
        return str(self.part("metadata").get("name", ""))

    @property
    def called(self) -> str:
        """`Deployment checkout`."""
        return f"{self.kind} {self.name}"

    def at(self, *keys: Key) -> Any:
        """What is written there; none where nothing is, or something of another shape stands above it."""
        found: Any = self.body
        for key in keys:
            match found:
                case dict():
                    found = found.get(key)
                case list() if isinstance(key, int) and key < len(found):
                    found = found[key]
                case _:
                    return None
        return found

    def part(self, *keys: Key) -> Mapping[str, Any]:
        """A mapping that is written there; an empty one where there is none."""
        found = self.at(*keys)
        return found if isinstance(found, dict) else {}

    def each(self, *keys: Key) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """The mappings of a list that is written there, with their places in it."""
        found = self.at(*keys)
        for index, one in enumerate(found if isinstance(found, list) else ()):
            if isinstance(one, dict):
                yield index, one

    def where(self, *keys: Key) -> str:
        """`k8s/all.yaml:12:3`; of the nearest part above that is written."""
        node = self.node
        for key in keys:
            inner = _inner(node, key)
            if inner is None:
                break
            node = inner
        return f"{self.file}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"

    def patch(self, **parts: object) -> Object:
        """A strategic merge patch for it, ready for `kubectl patch` and kustomize."""
        return {"apiVersion": self.version, "kind": self.kind, "metadata": {"name": self.name}, **parts}


def _inner(node: yaml.Node, key: Key) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        found: yaml.Node = node.value[key]
        return found
    return None
