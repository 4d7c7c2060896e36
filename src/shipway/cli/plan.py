"""`shipway plan`."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Chosen, File, Json, Version
from shipway.cli.shell.terminal import out
from shipway.home import find

if TYPE_CHECKING:
    from shipway.spec.load import Loaded

Diff = Annotated[
    bool, Parameter(name="--diff", negative=(), help="Show what differs from the version that is live.")
]

Compare = Annotated[
    bool, Parameter(name="--compare", negative=(), help="Set all strategies side by side, with what they cost.")
]


@Parameter(name="*")
@dataclass(frozen=True)
class Beside:
    """What is shown beside the plan, or in its place."""

    diff: Diff = False
    compare: Compare = False


USUAL = Beside()


def plan(
    version: Version,
    *,
    strategy: Chosen = None,
    file: File = Path("shipway.yaml"),
    beside: Beside = USUAL,
    json: Json = False,
) -> int:
    """Show what a deploy would do, stage by stage, without doing it.

    For each stage: replicas and share of traffic per version, how long it stays, who would be
    exposed if the version failed there, and how fast it would be taken back. It refuses (exit
    code 3) where that takes longer than rollback.within, and names a strategy that keeps it.
    Queries of metrics are asked for the version that serves; what is wrong with one is told.

    Examples:
        shipway plan 1.9.0
        shipway plan 1.9.0 --strategy blue-green
        shipway plan 1.9.0 --diff
        shipway plan 1.9.0 --compare

    Then:
        `shipway deploy 1.9.0` ships exactly this plan, as long as nothing else is deployed
        in between.
    """
    from shipway.cli.shell.calibration import calibration
    from shipway.cli.shell.choosing import resolved
    from shipway.cli.shell.machine import doubts
    from shipway.cli.shell.planning import keep_promise, planned
    from shipway.cli.shell.planning_shown import Shown, shown
    from shipway.cli.shell.querying import queried
    from shipway.cli.shell.room import peak, room
    from shipway.spec.load import load

    home, loaded = find(), load(file)
    loaded, choice = resolved(home, loaded, version, strategy=strategy)
    if beside.compare:
        return _compare(loaded, version, json=json)
    made = planned(home, loaded, version, strategy=None if choice else strategy)
    found = [*doubts(home, loaded, made.revision), room(home, peak(made.plan))]
    found += asyncio.run(queried(home, loaded, made.release, made.live))
    told = asyncio.run(calibration(home, made))
    shown(Shown(made, found, choice), guard=told, diff=beside.diff, json=json)
    keep_promise(home, loaded, made)
    return 0


def _compare(loaded: "Loaded", version: str, *, json: bool) -> int:
    from shipway.cli.render import as_json, comparison
    from shipway.cli.render.plan import source
    from shipway.cli.shell.comparing import compared
    from shipway.cli.shell.planning import planned

    found, screen = compared(find(), loaded, version), out()
    if json:
        screen.say(as_json.text([as_json.plain(one) for one in found]))
        return 0
    made = planned(find(), loaded, version, strategy=None)
    from_where = source(made.plan, made.start_seconds, made.is_measured)
    screen.all(comparison.lines(found, screen.paint, source=from_where))
    return 0
