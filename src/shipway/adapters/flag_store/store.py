"""One open store of a flag server."""

from pathlib import Path
from types import TracebackType
from typing import Self

from shipway.adapters.flag_store.counting import SqlCounts
from shipway.adapters.flag_store.desk import SqlDesk
from shipway.adapters.flag_store.entries import SqlEntries
from shipway.adapters.flag_store.opening import open_lanes
from shipway.adapters.flag_store.opening_postgres import open_postgres
from shipway.adapters.flag_store.room import SqlRoom


class FlagStore:
    """In a file, or in the PostgreSQL database of an address. Closing it waits for what is under way. Raises as
    `open_lanes` and `open_postgres`."""

    def __init__(self, place: Path | str) -> None:
        self._lanes = open_lanes(place) if isinstance(place, Path) else open_postgres(place)
        self.entries = SqlEntries(self._lanes)
        self.desk = SqlDesk(self._lanes)
        self.counts = SqlCounts(self._lanes)
        self.room = SqlRoom(self._lanes)

    def close(self) -> None:
        """Give the file back."""
        self._lanes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()
