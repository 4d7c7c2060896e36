"""All strategies side by side, for one service and version."""

from msgspec import Struct

from shipway.cli.render.paint import Paint, filled, table
from shipway.cli.render.words import duration
from shipway.planning.price import Price


class Compared(Struct, frozen=True, kw_only=True):
    """One strategy."""

    strategy: str
    is_chosen: bool
    """Whether the file names it."""
    is_refused: bool = False
    """Whether a take-back would take longer than the file allows."""
    price: Price | None = None
    impossible: str = ""
    """Why there is no such plan."""


HEADER = ["strategy", "downtime", "taken back in", "until all", "replica-hours", "price", "stages"]


def lines(compared: list[Compared], paint: Paint, *, source: list[str]) -> list[str]:
    """A table, and what its figures are."""
    able = [one for one in compared if one.price is not None]
    head, *body = table([HEADER, *(_row(one, paint) for one in able)])
    found = [paint.faint(head), *body]
    for one in compared:
        if one.impossible:
            found += filled(f"{one.strategy} is not possible: {one.impossible}")
        if one.is_refused:
            found += filled(f"! {one.strategy} would be refused: taking back takes longer than rollback.within.")
    said = "Replica-hours are those beyond full capacity, to the end of the rollback window."
    if any(one.price and one.price.price is None for one in able):
        said += " With price_per_replica_hour in the file they have a price."
    return [*found, "", *filled(said), *source]


def _row(one: Compared, paint: Paint) -> list[str]:
    price = one.price
    assert price is not None
    back = "-" if price.take_back_seconds is None else duration(price.take_back_seconds)
    return [
        paint.strong(one.strategy) if one.is_chosen else one.strategy,
        "none" if not price.fewer_replicas else f"none (-{price.fewer_replicas})",
        back,
        duration(price.until_all_seconds),
        f"{price.extra_replica_hours:.2f}",
        "-" if price.price is None else f"{price.price:.2f}",
        str(price.stages),
    ]
