"""`shipway maturity`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json, Service
from shipway.cli.shell.terminal import out

Badge = Annotated[Path | None, Parameter(name="--badge", help="Write a badge for a README: .svg.", metavar="PATH")]
Page = Annotated[Path | None, Parameter(name="--page", help="Write a page: .html.", metavar="PATH")]


def maturity(*, badge: Badge = None, page: Page = None, json: Json = False, service: Service = None) -> int:
    """Judge how mature a service's deployments are, on five levels, by what was seen.

    The journal tells which strategies ran, what was taken back and how fast it really was; kept
    releases tell flags and chosen users; pipelines in this folder tell whether one of their steps
    deploys. What is only mentioned, planned or possible counts for nothing. Run it in the
    repository of the service.

    Examples:
        shipway maturity
        shipway maturity --badge docs/maturity.svg
        shipway maturity --page maturity.html --service checkout
        shipway maturity --json | jq .level

    Then:
        Its last lines are the three steps that pay most.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import maturity as render
    from shipway.cli.shell.maturing import matured, subject, written
    from shipway.home import find
    from shipway.reports.badge import badge as drawn
    from shipway.reports.maturity_page import page as laid_out

    home, screen = find(), out()
    found = matured(home, subject(home, service, folder=Path()), folder=Path())
    if badge is not None:
        written(badge, drawn(found.level.number, found.level.name), option="--badge")
    if page is not None:
        written(page, laid_out(found), option="--page")
    screen.say(as_json.text(render.as_data(found))) if json else screen.all(render.lines(found, screen.paint))
    return 0
