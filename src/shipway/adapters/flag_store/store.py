"""One open store of a flag server."""

from pathlib import Path
from types import TracebackType
from typing import Self

from shipway.adapters.flag_store.desk import SqlDesk
from shipway.adapters.flag_store.entries import SqlEntries
from shipway.adapters.flag_store.opening import open_lanes


class FlagStore:
    """Closing it waits for what is under way. Raises as `open_lanes`."""

    def __init__(self, path: Path) -> None:
        self._lanes = open_lanes(path)
        self.entries = SqlEntries(self._lanes)
        self.desk = SqlDesk(self._lanes)

    def close(self) -> None:
        """Give the file back."""
        self._lanes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()
