"""A step of a pipeline, whichever tool runs it."""

from collections.abc import Iterator

from msgspec import Struct

from shipway.spec.tree import Data, Tree


class Step(Struct, frozen=True, kw_only=True):
    """A script or an action of somebody else."""

    line: int
    """Where its script begins."""
    script: str = ""
    action: str = ""
    """One that deploys."""
    is_automatic: bool = True


def texts(data: Data) -> Iterator[str]:
    """A text, or those of a list."""
    if isinstance(data, str):
        yield str(data)
    elif isinstance(data, list):
        for one in data:
            yield from texts(one)


def line_of(tree: Tree, *keys: str | int) -> int:
    """Where a value's text begins: after `|` on the next line."""
    line, _ = tree.values.get(keys, (1, 1))
    return line


def mapping(data: Data) -> dict[str, Data]:
    """Of anything else, nothing."""
    return data if isinstance(data, dict) else {}


def listed(data: Data) -> list[Data]:
    """Of anything else, nothing."""
    return data if isinstance(data, list) else []
