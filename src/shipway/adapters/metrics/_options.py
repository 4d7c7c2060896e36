"""From the release file's words to typed options."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from shipway.errors import PortError

Options = TypeVar("Options")


def options_of(written: Mapping[str, object], kind: type[Options], *, name: str) -> Options:
    """Raises `PortError` for options that the source does not understand: another version wrote them."""
    try:
        return msgspec.convert(written, kind, strict=False)
    except msgspec.ValidationError as error:
        raise PortError(
            f"the options of metrics.{name} cannot be read",
            where=f"metrics.{name}",
            why=str(error),
            fix="Correct them in the release file, and deploy again.",
        ) from error
