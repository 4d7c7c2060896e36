"""Databases whose schema changes. Which dialect is spoken, an address says when it is used."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shipway.adapters.context import Context

if TYPE_CHECKING:
    from shipway.adapters.databases.adapter import SqlDatabase


def build(options: Mapping[str, object], context: Context) -> "SqlDatabase":
    """See `adapter.build`."""
    from shipway.adapters.databases import adapter

    return adapter.build(options, context)
