"""PostgreSQL. What talks to it is imported when it is used: most commands have no database."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shipway.adapters.context import Context

if TYPE_CHECKING:
    from shipway.adapters.databases.postgres.adapter import PostgresDatabase


def build(options: Mapping[str, object], context: Context) -> "PostgresDatabase":
    """See `adapter.build`."""
    from shipway.adapters.databases.postgres import adapter

    return adapter.build(options, context)
