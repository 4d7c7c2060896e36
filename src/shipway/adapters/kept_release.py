"""What was kept of a release says which adapters drive it; here is what is told where it cannot be read."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from shipway.errors import Exit, PortError, ShipwayError


class ReleaseUnreadable(ShipwayError):
    """How a service was shipped was kept by another Shipway, or names options that an adapter does not have."""

    code = "release-unreadable"
    exit_code = Exit.REFUSED


@contextmanager
def readable(service: str) -> Iterator[None]:
    """Building adapters asks nobody, so what fails in here is never a matter of time."""
    try:
        yield
    except (msgspec.DecodeError, PortError) as error:
        raise ReleaseUnreadable(
            f"How {service} was shipped cannot be read",
            where=f"the newest release of {service}, in shipway.db below SHIPWAY_HOME",
            why=f"{str(error).splitlines()[0].rstrip('.')}. Another version of Shipway may have written it.",
            fix="Deploy from the release file again, or run the newest Shipway that ever ran here.",
        ) from error
