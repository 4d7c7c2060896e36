"""Names for services."""

import re

LENGTH_MAX = 63


def service_name(text: str) -> str | None:
    """`@acme/Web_Shop` as web-shop; none where no letter is left to begin with."""
    last = text.rstrip("/").rsplit("/", 1)[-1].lower()
    name = re.sub(r"[^a-z0-9]+", "-", last).lstrip("-0123456789")[:LENGTH_MAX].rstrip("-")
    return name or None
