"""PostgreSQL. What talks to it is imported when it is used: most commands have no database."""

from shipway.adapters.databases import build

__all__ = ["build"]
