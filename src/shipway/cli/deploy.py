"""`shipway deploy`."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from shipway.cli.shell.arguments import Chosen, Detach, File, Json, Version

Wait = Annotated[
    Literal["promoted", "window"],
    Parameter(help="Until when to watch: all traffic is on it and its bake is over, or its window is closed."),
]
Queue = Annotated[bool, Parameter(negative=(), help="While another release runs: begin after it.")]
Refuse = Annotated[bool, Parameter(negative=(), help="While another release runs: do nothing, exit 3.")]
Foreground = Annotated[
    bool, Parameter(negative=(), help="Be the controller, for CI; a background one takes over on leaving.")
]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is shipped, and what happens to a release under way."""

    strategy: Chosen = None
    file: File = Path("shipway.yaml")
    queue: Queue = False
    refuse: Refuse = False

    @property
    def during(self) -> str:
        """The word of `model.command.Deploy`."""
        return "refuse" if self.refuse else "queue" if self.queue else "supersede"


@dataclass(frozen=True, kw_only=True)
class Watched:
    """How it is followed."""

    wait: Wait = "promoted"
    detach: Detach = False
    foreground: Foreground = False
    json: Json = False


Flat = Parameter(name="*")


def deploy(
    version: Version,
    *,
    asked: Annotated[Asked, Flat] = Asked(),
    watched: Annotated[Watched, Flat] = Watched(),
) -> int:
    """Ship a version: submit it, then watch it live.

    A release under way is superseded, unless --queue or --refuse says otherwise. Ctrl-C stops
    the watching only: the release goes on, under its guard. Exit codes: 0 it has all traffic,
    3 refused or superseded, 4 it was taken back, 5 it is held for a person, 130 you left.

    Examples:
        shipway deploy 1.9.0
        shipway deploy 1.9.0 --strategy blue-green --wait window
        shipway deploy 1.9.0 --foreground --refuse

    Then:
        The guard compares the new version with the live one at each stage, and takes it back
        by itself when users would be hurt. `shipway promote` goes on early, `shipway abort`
        takes it back, `shipway why` tells the evidence.
    """
    from shipway.cli.shell.deploying import deployed

    return asyncio.run(deployed(version, asked=asked, watched=watched))
