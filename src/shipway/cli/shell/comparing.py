"""Plans a version by every strategy, to set them side by side."""

from shipway.cli.render.comparison import Compared
from shipway.cli.shell.planning import Planned, planned
from shipway.errors import ShipwayError
from shipway.home import Home
from shipway.planning.price import price_of
from shipway.planning.strategies import NAMES
from shipway.spec.load import Loaded


def compared(home: Home, loaded: Loaded, version: str) -> list[Compared]:
    """Each that leads to the same end; one that cannot be safe says why. An experiment is there where the file
    asks for it."""
    hidden = {"back", "flag-ramp", "experiment"} - {loaded.file.strategy}
    return [_one(home, loaded, version, name) for name in NAMES if name not in hidden]


def _one(home: Home, loaded: Loaded, version: str, name: str) -> Compared:
    is_chosen = loaded.file.strategy == name
    try:
        made = planned(home, loaded, version, strategy=name)
    except ShipwayError as error:
        return Compared(strategy=name, is_chosen=is_chosen, impossible=f"{error.what} {error.why}")
    price = price_of(made.plan, start_seconds=made.start_seconds)
    return Compared(
        strategy=name, is_chosen=is_chosen, price=price, is_refused=_is_refused(made, price.take_back_seconds)
    )


def _is_refused(made: Planned, seconds: float | None) -> bool:
    return seconds is not None and seconds > made.plan.rollback.within
