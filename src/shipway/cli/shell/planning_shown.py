"""A plan on the screen, with what is in doubt about it."""

from dataclasses import dataclass

from shipway.cli.render import as_json, choice, difference
from shipway.cli.render import plan as render
from shipway.cli.render.findings import Finding
from shipway.cli.shell.choosing import Resolved
from shipway.cli.shell.planning import Planned
from shipway.cli.shell.querying import warnings
from shipway.cli.shell.terminal import out


@dataclass(frozen=True)
class Shown:
    """What there is to show."""

    made: Planned
    doubts: list[Finding]
    choice: Resolved | None = None


def shown(it: Shown, *, guard: str, diff: bool = False, json: bool) -> None:
    """Print it, and what the guard is calibrated on."""
    screen, made, doubts = out(), it.made, it.doubts
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
                    "guard": guard,
                    "auto": choice.as_data(it.choice) if it.choice else None,
                    "doubts": [as_json.plain(one) for one in doubts if one.is_fine is False],
                }
            )
        )
        return
    screen.all(
        render.lines(made.plan, screen.paint, start_seconds=made.start_seconds, is_measured=made.is_measured)
    )
    screen.all([*render.guard_lines(guard), *render.hook_lines(made.plan)])
    if it.choice:
        screen.all(["", *choice.lines(it.choice, screen.paint, instead=_instead(it))])
    if said := warnings(doubts, screen.paint):
        screen.all(["", *said])
    if diff:
        differs = difference.lines(made.live, made.revision, screen.paint) if made.live else None
        screen.all(["", *(differs or ["Nothing is live yet."])])


def _instead(it: Shown) -> str | None:
    """A strategy that a person took in place of the chosen one."""
    taken = it.made.release.strategy
    return None if it.choice is None or taken == it.choice.choice.strategy else taken
