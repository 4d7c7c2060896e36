"""Flags of a file on this machine, which programs follow by themselves."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from shipway.adapters.context import Context
from shipway.adapters.flag_services._meaning import among, killed_among, raised, shown
from shipway.adapters.flag_services._raised import RaisedFlags, confirmed
from shipway.errors import PortError, ShipwayError
from shipway.flags.model import Flag
from shipway.flags.source import FileSource, Stamp
from shipway.model.observed import Exposure
from shipway.model.share import Share
from shipway.ports.clock import Clock


def build(options: Mapping[str, object], context: Context) -> "FlagFile":
    """`path` of the file, `flags` that are ramped."""
    path, flags = Path(str(options["path"])), options.get("flags") or ()
    assert isinstance(flags, Sequence)
    return FlagFile(path, [str(flag) for flag in flags], RaisedFlags(context.home, context.service), context.clock)


class FlagFile:
    """A `FlagService`. The file is read when it has changed; only the values of a flag are written to it."""

    def __init__(self, path: Path, flags: Sequence[str], raised: RaisedFlags, clock: Clock) -> None:
        self._source, self._names = FileSource(path), tuple(flags)
        self._raised, self._clock = raised, clock
        self._read: tuple[Stamp | None, Mapping[str, Flag]] | None = None

    async def observe(self) -> Exposure:
        """What the file says now."""
        return await asyncio.to_thread(self._observe)

    async def expose(self, flag: str, share: Share, *, generation: int) -> None:
        """Write it into the file. Raises `FlagKilled`."""
        await asyncio.to_thread(self._expose, flag, share, generation)

    def _observe(self) -> Exposure:
        known, place = self._flags(), str(self._source.path)
        flags = {name: among(known, name, place) for name in self._names}
        shares = {name: shown(flag) for name, flag in flags.items()}
        return Exposure(
            at=self._clock.now(),
            shares=shares,
            generations=confirmed(self._raised.all(), shares),
            killed=killed_among(flags),
        )

    def _expose(self, flag: str, share: Share, generation: int) -> None:
        with self._raised.raising(flag, share, generation):
            values = raised(among(self._flags(), flag, str(self._source.path)), share)
            self._source.write({("features", flag, *keys): json.dumps(value) for keys, value in values.items()})

    def _flags(self) -> Mapping[str, Flag]:
        stamp = self._source.stamp()
        if self._read is None or self._read[0] != stamp:
            self._read = stamp, self._loaded()
        return self._read[1]

    def _loaded(self) -> Mapping[str, Flag]:
        try:
            return self._source.load().features
        except ShipwayError as error:
            raise PortError(error.what, where=error.where, why=error.why, fix=error.fix) from error
