"""Scheduled changes: which of them hold at a moment, and when the next one comes."""

from collections.abc import Iterator
from dataclasses import replace

from shipway.flags.model import Flag, FlagFile


def as_of(file: FlagFile, now: float) -> FlagFile:
    """The file with the changes whose time has come; `now` in seconds since 1970."""
    features = {name: _changed(flag, now) if flag.schedule else flag for name, flag in file.features.items()}
    return replace(file, features=features)


def next_change(file: FlagFile, now: float) -> float | None:
    """When the file means something else next."""
    return min(_later(file, now), default=None)


def _later(file: FlagFile, now: float) -> Iterator[float]:
    for flag in file.features.values():
        yield from (change.at for change in flag.schedule if change.at > now)


def _changed(flag: Flag, now: float) -> Flag:
    for change in sorted(flag.schedule, key=lambda change: change.at):
        if change.at <= now:
            enabled = flag.enabled if change.enabled is None else change.enabled
            share = flag.rollout.share if change.share is None else change.share
            flag = replace(flag, enabled=enabled, rollout=replace(flag.rollout, share=share))
    return flag
