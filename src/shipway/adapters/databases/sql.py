"""Any database that is spoken to in SQL: which one, its address says when it is used."""

from shipway.adapters.databases import build

__all__ = ["build"]
