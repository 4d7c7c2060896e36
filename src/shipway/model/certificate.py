"""The certificate that users see."""

from msgspec import Struct


class Certificate(Struct, frozen=True, kw_only=True):
    """As it is served now, and what keeps a newer one from being served."""

    names: tuple[str, ...]
    """Hosts that it is for, as it says them: `*.example.com`."""
    ends_at: float
    """Epoch seconds; browsers refuse it from then on."""
    problem: str = ""
    """Why the files that were named are not taken up, in a sentence; empty where they are."""
