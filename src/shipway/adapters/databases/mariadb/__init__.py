"""MariaDB, by PyMySQL, which is imported when it is used."""

from shipway.adapters.databases import build

__all__ = ["build"]
