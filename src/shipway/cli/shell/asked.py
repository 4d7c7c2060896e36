"""What `shipway deploy` is asked for, and how its release is followed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from shipway.cli.shell.arguments import Chosen, Detach, File, Json

Wait = Annotated[
    Literal["promoted", "window"],
    Parameter(help="Until when to watch: all traffic is on it and its bake is over, or its window is closed."),
]
Queue = Annotated[bool, Parameter(negative=(), help="While another release runs: begin after it.")]
Refuse = Annotated[bool, Parameter(negative=(), help="While another release runs: do nothing, exit 3.")]
NoRamps = Annotated[
    bool, Parameter(negative=(), help="Ship the code and leave flags as they are, asking nobody for them.")
]
Foreground = Annotated[
    bool, Parameter(negative=(), help="Be the controller, for CI; a background one takes over on leaving.")
]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is shipped, and what happens to a release under way."""

    strategy: Chosen = None
    file: File = Path("shipway.yaml")
    no_ramps: NoRamps = False
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
