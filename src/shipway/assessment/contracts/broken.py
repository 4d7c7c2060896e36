"""What a comparison of two specifications found."""

from msgspec import Struct


class Difference(Struct, frozen=True, kw_only=True):
    """Sentences without their full stop."""

    breaking: tuple[str, ...] = ()
    compatible: tuple[str, ...] = ()
