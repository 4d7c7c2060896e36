"""Which changes wait for a second person: all but those that take something away from users."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shipway.adapters.flag_store.values import Loaded
from shipway.flags.model import Flag
from shipway.flags.schedule import effective
from shipway.flags.state import Change


def waits(loaded: Loaded, changes: Sequence[Change], now: float) -> bool:
    """Whether somebody else has to agree first. Taking a flag back waits for nobody."""
    if not loaded.environment.needs_approval:
        return False
    after = loaded.state.changed(changes).file.features
    before = loaded.state.file.features
    return not all(change.kind == "features" and _lowers(before, after, change.name, now) for change in changes)


def _lowers(before: Mapping[str, Flag], after: Mapping[str, Flag], name: str, now: float) -> bool:
    if name not in before or name not in after:
        return False
    return _only_lowers(effective(before[name], now), effective(after[name], now))


def _only_lowers(before: Flag, after: Flag) -> bool:
    """Whether nobody gets the flag who had it not before, and nobody another variant."""
    is_lower = after.rollout.share <= before.rollout.share
    is_off_still = before.enabled or not after.enabled
    is_killed_still = not before.is_killed or after.is_killed
    same = replace(
        after,
        enabled=before.enabled,
        is_killed=before.is_killed,
        rollout=replace(after.rollout, share=before.rollout.share),
        owner=before.owner,
        expires=before.expires,
    )
    return is_lower and is_off_still and is_killed_still and same == before
