"""What a comparison of two specifications found."""

from msgspec import Struct


class Difference(Struct, frozen=True, kw_only=True):
    """Sentences without their full stop."""

    breaking: tuple[str, ...] = ()
    dangerous: tuple[str, ...] = ()
    """What breaks only clients that do not expect it, such as another value of an enumeration."""
    compatible: tuple[str, ...] = ()
