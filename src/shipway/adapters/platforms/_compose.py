"""What Compose files and stack files have in common."""

from collections.abc import Mapping
from typing import Any


def plain(part: Any) -> Any:
    """Of texts, also inside of lists and mappings: a dollar begins a variable there, so each is written twice."""
    if isinstance(part, str):
        return part.replace("$", "$$")
    if isinstance(part, list | tuple):
        return [plain(one) for one in part]
    return {key: plain(value) for key, value in part.items()} if isinstance(part, Mapping) else part
