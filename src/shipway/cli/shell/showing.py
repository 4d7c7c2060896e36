"""Shows what the controller saw last."""

from shipway.adapters.disk.room import is_full
from shipway.cli.render import service
from shipway.cli.render.paint import filled
from shipway.cli.shell.services import all_services, seen, seen_services, unknown
from shipway.cli.shell.terminal import out
from shipway.home import Home
from shipway.model.view import View

NOTHING = (
    "Nothing was ever deployed here. `shipway init` writes a release file,",
    "`shipway deploy VERSION` ships.",
)


def show(home: Home, named: str | None, *, as_json: bool, now: float) -> int:
    """One service in full, or a line for each. Raises `ShipwayError`."""
    services = [named] if named else seen_services(home)
    views = [view for name in services if (view := seen(home, name))]
    if named and not views and named not in (known := all_services(home)):
        raise unknown(home, named, known)
    if as_json:
        _print_json(views, one=bool(named), now=now)
    else:
        _print(views, services, now=now)
        _print_full(home)
    return 0


def _print_full(home: Home) -> None:
    """What nobody could write into any file."""
    if is_full(home.path):
        screen = out()
        said = f"The disk of {home.path} is full: no release goes on until it has room. What stands above is old."
        screen.all(filled(f"{said} `shipway prune` frees what may go.", head=f"{screen.paint.bad('✗')} "))


def _print_json(views: list[View], *, one: bool, now: float) -> None:
    from shipway.cli.render import as_json

    data = [service.as_data(view, now=now) for view in views]
    shown: object = (data[0] if data else None) if one else data
    out().say(as_json.text(shown))


def _print(views: list[View], services: list[str], *, now: float) -> None:
    screen = out()
    if not services:
        screen.say(*NOTHING)
    elif not views:
        screen.say(f"{services[0]}: no controller has looked at it yet. `shipway serve` runs one.")
    elif len(views) == 1:
        screen.all(service.lines(views[0], screen.paint, now=now))
    else:
        screen.all(service.overview(views, screen.paint, now=now))
