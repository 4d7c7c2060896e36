"""A source that knows more than its next answer tells, such as sums over what it was told."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Remembers(Protocol):
    """Some sources of metrics. What they remember is kept beside the guard's sums, so that another controller
    counts on from where this one was."""

    def memory(self) -> bytes:
        """All of it, bounded by a limit that the adapter names. Holds no secret."""
        ...

    def recall(self, kept: bytes) -> None:
        """Go on from what `memory` gave, before anything was asked. What another version, another question or
        a time too long ago left is forgotten: counting begins anew then."""
        ...
