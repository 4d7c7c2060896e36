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
    from shipway.cli.render.findings import Finding
    from shipway.cli.shell.choosing import Resolved
    from shipway.cli.shell.planning import Planned
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
    from shipway.cli.shell.machine import bounds
    from shipway.cli.shell.planning import keep_promise, planned
    from shipway.cli.shell.querying import queried
    from shipway.cli.shell.room import peak, room
    from shipway.spec.load import load

    home, loaded = find(), load(file)
    loaded, choice = resolved(home, loaded, version, strategy=strategy)
    if beside.compare:
        return _compare(loaded, version, json=json)
    made = planned(home, loaded, version, strategy=None if choice else strategy)
    doubts = [*bounds(home, loaded, made.revision), room(home, peak(made.plan))]
    doubts += asyncio.run(queried(home, loaded, made.release, made.live))
    told = asyncio.run(calibration(home, made))
    _show(Shown(made, doubts, told, choice), diff=beside.diff, json=json)
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


@dataclass(frozen=True)
class Shown:
    """What there is to show."""

    made: "Planned"
    doubts: "list[Finding]"
    told: str
    """Of the guard."""
    choice: "Resolved | None"


def _show(shown: Shown, *, diff: bool, json: bool) -> None:
    from shipway.cli.render import as_json, choice, difference
    from shipway.cli.render import plan as render
    from shipway.cli.shell.querying import warnings

    screen, made, doubts = out(), shown.made, shown.doubts
    times = {"start_seconds": made.start_seconds, "is_measured": made.is_measured}
    if json:
        data = {"service": made.plan.service, "strategy": made.plan.strategy, "base": made.plan.base}
        rows = render.as_data(made.plan, start_seconds=made.start_seconds)
        changed = difference.changes(made.live, made.revision) if diff and made.live else None
        screen.say(
            as_json.text(
                {
                    **data,
                    "candidate": made.plan.candidate,
                    **times,
                    "stages": rows,
                    "diff": changed,
                    "guard": shown.told,
                    "auto": choice.as_data(shown.choice) if shown.choice else None,
                    "doubts": [as_json.plain(one) for one in doubts if one.is_fine is False],
                }
            )
        )
        return
    screen.all(
        render.lines(made.plan, screen.paint, start_seconds=made.start_seconds, is_measured=made.is_measured)
    )
    screen.all([*render.guard_lines(shown.told), *render.hook_lines(made.plan)])
    if shown.choice:
        screen.all(["", *choice.lines(shown.choice, screen.paint, instead=_instead(shown))])
    if said := warnings(doubts, screen.paint):
        screen.all(["", *said])
    if diff:
        differs = difference.lines(made.live, made.revision, screen.paint) if made.live else None
        screen.all(["", *(differs or ["Nothing is live yet."])])


def _instead(shown: Shown) -> str | None:
    """A strategy that a person took in place of the chosen one."""
    taken = shown.made.release.strategy
    return None if shown.choice is None or taken == shown.choice.choice.strategy else taken
