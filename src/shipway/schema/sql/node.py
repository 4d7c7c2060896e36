"""One node of PostgreSQL's parse tree, read as it is asked for.

The names are those of its source (`parsenodes.h`), in small letters. What is false, zero or empty is left out of
the tree, so what is not there reads as empty.
"""

from collections.abc import Iterator
from typing import Any

ANY_KIND = "pg_query.Node"
"""A message that holds one node of any kind."""


class Node:
    """Wraps a message of the parser, whatever its kind; an empty one wraps nothing."""

    __slots__ = ("message",)

    def __init__(self, message: Any = None) -> None:
        if message is not None and message.DESCRIPTOR.full_name == ANY_KIND:
            held = message.WhichOneof("node")
            message = getattr(message, held) if held else None
        self.message = message

    def __bool__(self) -> bool:
        return self.message is not None

    @property
    def kind(self) -> str:
        """Such as `AlterTableStmt`; empty where there is no node."""
        return str(self.message.DESCRIPTOR.name) if self else ""

    def text(self, name: str) -> str:
        """A field that is text or the name of an enumerated value."""
        field = self._field(name)
        if field is None:
            return ""
        value = getattr(self.message, name)
        return field.enum_type.values_by_number[value].name if field.enum_type else str(value)

    def flag(self, name: str) -> bool:
        """A field that is true or false."""
        return self._field(name) is not None and bool(getattr(self.message, name))

    def number(self, name: str) -> int:
        """A field that counts."""
        return int(getattr(self.message, name)) if self._field(name) is not None else 0

    def node(self, name: str) -> "Node":
        """The node below a field; an empty one where there is none."""
        if self._field(name) is None or not self.message.HasField(name):
            return Node()
        return Node(getattr(self.message, name))

    def nodes(self, name: str) -> tuple["Node", ...]:
        """The nodes below a field that is a list."""
        if self._field(name) is None:
            return ()
        return tuple(Node(one) for one in getattr(self.message, name))

    def words(self, name: str) -> tuple[str, ...]:
        """A list of names, such as a constraint's columns."""
        return tuple(one.text("sval") for one in self.nodes(name))

    def walk(self) -> Iterator["Node"]:
        """This node and all below it."""
        if not self:
            return
        yield self
        for field, value in self.message.ListFields():
            if field.message_type is not None:
                for part in value if field.is_repeated else [value]:
                    yield from Node(part).walk()

    def _field(self, name: str) -> Any:
        return self.message.DESCRIPTOR.fields_by_name.get(name) if self else None
