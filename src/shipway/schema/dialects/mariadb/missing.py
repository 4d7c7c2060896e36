"""What of the extra `shipway[mariadb]` is not installed."""

from shipway.errors import ShipwayError


class NoMariadb(ShipwayError):
    """A library of the extra `shipway[mariadb]` is not installed."""

    code = "no-mariadb"


def missing(library: str, purpose: str) -> NoMariadb:
    """The error where it is not there."""
    return NoMariadb(
        f"{library} is not installed",
        where="shipway schema",
        why=f"It {purpose}; not everybody has a MariaDB, so it does not come with Shipway by itself.",
        fix="Install `shipway[mariadb]`.",
    )
