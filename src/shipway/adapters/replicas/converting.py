"""From the plain JSON of a revision to values with types."""

from typing import TypeVar

import msgspec

from shipway.errors import PortError

T = TypeVar("T")


def converted(value: object, kind: type[T], *, where: str) -> T:
    """`where` is the key of the release file that it stands below. Raises `PortError`."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise unreadable(str(error), where=where) from error


def unreadable(why: str, *, where: str) -> PortError:
    """The revision was made for another platform, or by another Shipway."""
    return PortError(
        "this revision cannot be run here",
        where=where,
        why=f"{why}.",
        fix=f"Deploy a version whose release file has `{where}`.",
    )
