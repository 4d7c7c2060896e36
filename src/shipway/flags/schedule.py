"""Scheduled changes: which of them hold at a moment, and when the next one comes."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from shipway.flags.model import Flag, FlagFile, Json


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


def effective(flag: Flag, now: float) -> Flag:
    """A flag as it is now, with what is still to come."""
    return replace(_changed(flag, now), schedule=tuple(change for change in flag.schedule if change.at > now))


def settled(body: Mapping[str, Json], now: float) -> dict[str, Json]:
    """A flag's JSON that means the same from now on, with the changes that have come written in their places.

    Without it a scheduled change of the past would go on to overrule whoever changes the flag by hand. The body
    has to be one that was read before.
    """
    from shipway.flags.fields import moment

    made = dict(body)
    dated = sorted(body.get("schedule") or (), key=lambda change: moment(change["at"]))
    if not dated or moment(dated[0]["at"]) > now:
        return made
    for change in dated:
        if moment(change["at"]) > now:
            break
        if change.get("enabled") is not None:
            made["enabled"] = change["enabled"]
        if change.get("percentage") is not None:
            made["rollout"] = {**(made.get("rollout") or {}), "percentage": change["percentage"]}
    made["schedule"] = [change for change in dated if moment(change["at"]) > now]
    return made
