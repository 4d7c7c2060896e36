"""One file a strategy: a pure function from a release to its rows. The file's name is the user's word."""

from collections.abc import Callable
from importlib import import_module

from msgspec import Struct

from shipway.errors import UnknownName
from shipway.model.plan import Stage
from shipway.model.release import Release
from shipway.planning.facts import Facts

NAMES = ("rolling", "blue-green", "canary", "experiment", "flag-ramp", "back")


class Written(Struct, frozen=True, kw_only=True):
    """A strategy's rows and what they cost while moving."""

    rows: tuple[Stage, ...]
    promoted: int
    surge: int = 1
    unavailable: int = 0


Strategy = Callable[[Release, Facts], Written]


def named(name: str) -> Strategy:
    """The strategy of that name. Raises `UnknownName` with its siblings."""
    if name not in NAMES:
        raise UnknownName(
            f"There is no strategy `{name}`.",
            why=f"Shipway knows {', '.join(NAMES[:-2])}.",
            fix="Choose one of these for `strategy:`.",
        )
    strategy: Strategy = import_module(f"{__name__}.{name.replace('-', '_')}").stages
    return strategy
