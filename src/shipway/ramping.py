"""Who keeps the flags of a release, and to how many users they are shown now."""

import asyncio
import dataclasses
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from shipway.adapters.context import Context
from shipway.adapters.flag_services._meaning import killed
from shipway.adapters.names import builder
from shipway.model.observed import Exposure
from shipway.model.release import Chosen, Ramp, Release
from shipway.model.share import NONE
from shipway.spec.load import Loaded


def flags_chosen(loaded: Loaded) -> Chosen | None:
    """The adapter that the file means, if it names features. Raises `ShipwayError` where no file is found."""
    written = loaded.file.flags
    names = sorted(written.ramps)
    if not names:
        return None
    if written.server is not None:
        options = written.server.model_dump(mode="json", exclude_none=True)
        token = str((loaded.root.absolute() / written.server.token).resolve())
        return Chosen(name="server", options={**options, "token": token, "flags": names})
    return Chosen(name="file", options={"path": str(file_of_flags(loaded, written.file)), "flags": names})


def file_of_flags(loaded: Loaded, named: str | None) -> Path:
    """The file that is named, or the nearest one. Raises `ShipwayError`."""
    if named is not None:
        return (loaded.root.absolute() / named).resolve()
    from shipway.flags.load import find

    return find(loaded.root.absolute())


def without_ramps(loaded: Loaded) -> Loaded:
    """The same file and the same revision, with nothing to show to anybody."""
    flags = loaded.file.flags
    still = {name: ramp.model_copy(update={"to": ()}) for name, ramp in flags.ramps.items()}
    kept = loaded.file.model_copy(update={"flags": flags.model_copy(update={"ramps": still})})
    return dataclasses.replace(loaded, file=kept)


def service_of(chosen: Chosen | None, context: Context) -> Any:
    """The `FlagService`; none where the release has no flags."""
    return builder("flag_services", chosen.name)(chosen.options, context) if chosen else None


def with_shown(release: Release, context: Context) -> Release:
    """The release with what is shown now. Raises `PortError` where nobody says it, or a flag is missing, and
    `FlagKilled` for a ramp of a flag that somebody has killed: its stage would never come.

    Callable inside of a running event loop, too: the question has one of its own.
    """
    if release.flags is None or not any(ramp.shares for ramp in release.ramps):
        return release
    service = service_of(release.flags, context)
    with ThreadPoolExecutor(1) as pool:
        seen: Exposure = pool.submit(asyncio.run, service.observe()).result()
    for ramp in release.ramps:
        if ramp.shares and ramp.flag in seen.killed:
            raise killed(ramp.flag, otherwise="`shipway deploy --no-ramps` ships the code alone")
    return replace(release, ramps=tuple(_shown(release.ramps, seen)))


def _shown(ramps: Iterable[Ramp], seen: Exposure) -> Iterable[Ramp]:
    return (replace(ramp, shown=seen.shares.get(ramp.flag, NONE)) for ramp in ramps)
