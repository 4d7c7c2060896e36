"""What each row of `one_machine_wide` says: our count and the control's, from the same run."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from msgspec import Struct


class Row(Struct, frozen=True, kw_only=True):
    """One claim: how many were lost or done twice, of how many, by us and by the control."""

    name: str
    """In the picture."""
    claim: str
    what: str
    lost: int
    of: int
    control: str
    control_lost: int
    control_of: int
    how: str
    """How it was measured, a paragraph."""


Measured = Callable[[Path], Coroutine[Any, Any, Row]]
