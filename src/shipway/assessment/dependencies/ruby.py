"""Gemfile.lock."""

import re

LOCKED = re.compile(r"^    ([A-Za-z0-9][\w.-]*) \(([^)\s]+)\)$", re.MULTILINE)


def gemfile_lock(text: str) -> dict[str, str]:
    """Every gem with its version."""
    return dict(LOCKED.findall(text.replace("\r\n", "\n")))
