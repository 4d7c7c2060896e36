"""Something that waits."""

from msgspec import Struct


class Wait(Struct, frozen=True, kw_only=True):
    """Why, and since when (epoch seconds)."""

    why: str
    since: float
