"""Hands files to Envoy, and knows whether it took them up.

Envoy counts per source of configuration what it rejected, and repeats the version that it runs. A file that
it rejects is put back, so that a restarted Envoy finds the one that it runs.
"""

import re
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic.envoy import files
from shipway.adapters.traffic.envoy.admin import LIVE, STATE, Admin, Unreachable
from shipway.adapters.traffic.envoy.files import Response
from shipway.errors import PortError

TAKEN_UP_SECONDS = 5.0
"""A route is taken up in milliseconds; on a machine without a free core it takes longer."""
LOOK_SECONDS = 0.002
Stats = dict[str, object]


class Parcel(Struct, frozen=True):
    """A file for Envoy."""

    path: Path
    content: Response
    source: str
    """How Envoy's statistics call it: `http.checkout.rds.checkout`."""
    is_dated: bool = True
    """Whether equal content of an older generation is to be replaced too."""

    def is_there(self) -> bool:
        """Whether the file says this already."""
        written = files.read(self.path)
        if written is None or self.is_dated or not written.is_ours:
            return written == self.content
        return written.resources == self.content.resources


class Delivery:
    """To one Envoy; to its files alone when it does not run."""

    def __init__(self, admin: Admin, log: Path) -> None:
        self.admin, self.log = admin, log
        self.is_live = True
        """Until a question shows that it does not run: one that just ended reads the new files when it starts."""

    def hand_over(self, parcels: Sequence[Parcel]) -> None:
        """Write what is new and wait until it is in force. Raises `PortError`: refused, or not in time.

        What Envoy has no statistics of, it does not watch yet: it will read the file when it does.
        """
        new = [parcel for parcel in parcels if not parcel.is_there()]
        before = self._stats(new)
        former = {parcel.path: durable.read(parcel.path) for parcel in new}
        for parcel in new:
            files.write(parcel.path, parcel.content)
        try:
            self._await([parcel for parcel in new if f"{parcel.source}.version_text" in before], before)
        except _Rejected:
            _put_back(former)
            raise

    def _await(self, parcels: Sequence[Parcel], before: Stats) -> None:
        deadline = time.monotonic() + TAKEN_UP_SECONDS
        while waiting := self._not_in_force(parcels, before):
            if time.monotonic() > deadline:
                raise PortError(
                    "Envoy has not taken up its new configuration",
                    where=str(waiting[0].path),
                    why=f"It was written {TAKEN_UP_SECONDS:.0f} s ago, and Envoy still runs another version.",
                    fix=f"See {self.log}; the machine may be overloaded, or out of inotify watches.",
                )
            time.sleep(LOOK_SECONDS)

    def _not_in_force(self, parcels: Sequence[Parcel], before: Stats) -> list[Parcel]:
        now = self._stats(parcels)
        for parcel in parcels:
            if now and _refusals(now, parcel) > _refusals(before, parcel):
                raise _Rejected(
                    "Envoy refuses its new configuration",
                    where=str(parcel.path),
                    why=f"It goes on with the former one, which was put back. {last_words(self.log)}",
                    fix="Please report this with the line above: Shipway should not have written it.",
                )
        return [parcel for parcel in parcels if now and not _is_in_force(now, parcel)]

    def _stats(self, parcels: Sequence[Parcel]) -> Stats:
        """None at all when Envoy is not there."""
        if not self.is_live or not parcels:
            return {}
        sources = "|".join(re.escape(parcel.source) for parcel in parcels)
        try:
            stats = self.admin.stats(STATE, rf"({sources})\.(version_text|update_rejected|update_failure)")
        except Unreachable:
            stats = {}
        self.is_live = stats.get("server.state") == LIVE
        return stats if self.is_live else {}


class _Rejected(PortError):
    """Envoy said no."""


def _is_in_force(stats: Stats, parcel: Parcel) -> bool:
    return stats.get(f"{parcel.source}.version_text") == parcel.content.version_info


def _refusals(stats: Stats, parcel: Parcel) -> int:
    names = (f"{parcel.source}.update_rejected", f"{parcel.source}.update_failure")
    return sum(int(str(stats.get(name, 0))) for name in names)


def _put_back(former: dict[Path, bytes | None]) -> None:
    for path, content in former.items():
        if content is not None:
            durable.replace(path, content)


LOG_LINES = 3


def last_words(log: Path) -> str:
    """The end of Envoy's log."""
    content = durable.read(log) or b""
    return " / ".join(content.decode(errors="replace").splitlines()[-LOG_LINES:])
