"""`shipway rehearse`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Chosen, File, Json, Version
from shipway.cli.shell.terminal import out
from shipway.home import find

if TYPE_CHECKING:
    from shipway.cli.shell.planning import Planned
    from shipway.simulation.rehearse import Fault, Rehearsal

Faults = Annotated[
    tuple[str, ...],
    Parameter(
        name="--fault",
        help="What goes wrong, such as candidate-errors=20% or slow-start=90s; every fault by default.",
        metavar="NAME",
        negative=(),
    ),
]
STAND_IN = "the-version-before"


def rehearse(
    version: Version,
    *,
    fault: Faults = (),
    strategy: Chosen = None,
    file: File = Path("shipway.yaml"),
    json: Json = False,
) -> int:
    """Play a release against faults in a simulator, before any user meets it.

    The same engine, plan and guard as in `shipway deploy`, over simulated replicas, proxies and
    users, in seconds instead of hours. It tells how the release would end, and how many users
    would have noticed.

    Examples:
        shipway rehearse 1.9.0
        shipway rehearse 1.9.0 --fault candidate-errors=5%
        shipway rehearse 1.9.0 --strategy rolling --fault crash-loop

    Then:
        If too many would notice, begin with a smaller stage, or set a limit in `guard`.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import rehearsal as render
    from shipway.cli.shell.choosing import resolved
    from shipway.cli.shell.planning import planned
    from shipway.simulation.rehearse import parse, usual
    from shipway.spec.load import load

    faults = [parse(text) for text in fault]
    loaded, choice = resolved(find(), load(file), version, strategy=strategy)
    made = planned(find(), replace(loaded, approval=None), version, strategy=None if choice else strategy)
    played = [_played(made, one) for one in faults or usual(made.release.guard, made.release.kind)]
    screen = out()
    if json:
        screen.say(as_json.text(played))
    elif len(played) == 1:
        screen.all(render.timeline(played[0], screen.paint))
    else:
        screen.all(render.overview(played, screen.paint))
    return 0


def _played(made: "Planned", fault: "Fault") -> "Rehearsal":
    """Over what is live; over a version like the new one where nothing is."""
    from msgspec import structs

    from shipway.model.revision import RevisionId
    from shipway.simulation.rehearse import Circumstances
    from shipway.simulation.rehearse import rehearse as play

    like = structs.replace(made.revision, id=RevisionId(f"{STAND_IN}-0"), version=STAND_IN)
    base = made.live if made.live and made.live.id != made.revision.id else like
    start = max(0.0, made.start_seconds - made.release.steady)
    return play(made.release, made.revision, fault, base=base, given=Circumstances(start=start))
