"""What a share means for a flag, and how a flag says its share."""

import time
from collections.abc import Mapping

from shipway.errors import Exit, PortError, Refused
from shipway.flags.model import Flag
from shipway.flags.schedule import effective
from shipway.model.share import NONE, Share

Keys = tuple[str, ...]


class FlagKilled(Refused):
    """Somebody has taken the flag from everybody, and a ramp would show it."""

    code = "flag-killed"


class UnknownFlag(PortError):
    """A ramp names a flag that is not there."""

    code = "unknown-flag"
    exit_code = Exit.INPUT


def shown(flag: Flag) -> Share:
    """To how many users a flag is shown now, beside its lists and its targeting."""
    now = effective(flag, time.time())
    return NONE if now.is_killed or not now.enabled else now.rollout.share


def raised(flag: Flag, share: Share) -> Mapping[Keys, object]:
    """The values that show a flag to so many users. At none it is off: for targeted users too, though not for the
    allowlist. Raises `FlagKilled`."""
    if flag.is_killed and share > NONE:
        raise killed(flag.name, otherwise="`shipway rollback` ends the ramp")
    unscheduled: dict[Keys, object] = {("schedule",): []} if flag.schedule else {}
    if share == NONE:
        return {**unscheduled, ("enabled",): False}
    return {**unscheduled, ("enabled",): True, ("rollout", "percentage"): _number(share / 1000)}


def killed_among(flags: Mapping[str, Flag]) -> frozenset[str]:
    """Those that no share brings back."""
    return frozenset(name for name, flag in flags.items() if flag.is_killed)


def killed(name: str, *, otherwise: str) -> FlagKilled:
    """What is said of a ramp that a kill forbids; `otherwise` is what can be done instead of a restore."""
    return FlagKilled(
        f"{name} was killed, and a ramp does not bring it back.",
        where=f"flag {name}",
        why="A kill is somebody's word that nobody may see it.",
        fix=f"`shipway flags restore {name}` takes the kill back; {otherwise}.",
    )


def _number(value: float) -> float:
    """As people write it: 25, not 25.0."""
    return int(value) if value.is_integer() else value


def among(flags: Mapping[str, Flag], name: str, where: str) -> Flag:
    """The flag of that name. Raises `UnknownFlag`: a ramp never makes a flag that nobody asks for."""
    if name in flags:
        return flags[name]
    from shipway.spec.nearest import listed, nearest

    meant = nearest(name, list(flags))
    raise UnknownFlag(
        f"there is no flag `{name}`",
        where=where,
        why=f"Known are {listed(sorted(flags))}." if flags else "There are no flags at all.",
        fix=f"Did you mean `{meant}`?" if meant else f"`shipway flags set {name} enabled=false` makes it.",
    )
