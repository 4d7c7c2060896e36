"""SQLite, for local development: `sqlite:///shop.db`."""

from shipway.adapters.databases import build

__all__ = ["build"]
