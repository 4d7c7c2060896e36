"""What `shipway deploy` is asked for, and how its release is followed."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from shipway.cli.shell.arguments import Chosen, Detach, File, Json
from shipway.cli.shell.commands import WrongWords

Wait = Annotated[
    Literal["promoted", "window"],
    Parameter(help="Until when to watch: all traffic is on it and its bake is over, or its window is closed."),
]
Queue = Annotated[bool, Parameter(negative=(), help="While another release runs: begin after it.")]
Refuse = Annotated[bool, Parameter(negative=(), help="While another release runs: do nothing, exit 3.")]
NoRamps = Annotated[
    bool, Parameter(negative=(), help="Ship the code and leave flags as they are, asking nobody for them.")
]
DryRun = Annotated[
    bool,
    Parameter(
        name="--dry-run", negative=(), help="Show the plan and try all that a deploy tries; change nothing."
    ),
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
    dry_run: DryRun = False

    @property
    def during(self) -> str:
        """The word of `model.command.Deploy`."""
        return "refuse" if self.refuse else "queue" if self.queue else "supersede"

    def words(self, version: str) -> str:
        """What to type for a release of just this."""
        said = ["shipway", "deploy", version]
        said += ["--file", str(self.file)] if self.file != Asked.file else []
        said += ["--strategy", self.strategy] if self.strategy else []
        return shlex.join([*said, *(["--no-ramps"] if self.no_ramps else [])])


@dataclass(frozen=True, kw_only=True)
class Watched:
    """How it is followed."""

    wait: Wait = "promoted"
    detach: Detach = False
    foreground: Foreground = False
    json: Json = False


def require_sense(asked: Asked, watched: Watched) -> None:
    """Raises `WrongWords` for words that say nothing of a release that does not happen."""
    said = [f"--{name}" for name in ("queue", "refuse") if getattr(asked, name)]
    said += [f"--{name}" for name in ("detach", "foreground") if getattr(watched, name)]
    said += ["--wait"] if watched.wait != Watched.wait else []
    if asked.dry_run and said:
        raise WrongWords(
            f"`--dry-run` and `{said[0]}` do not go together",
            where="shipway deploy",
            why="With --dry-run nothing is released, so there is nothing to queue, leave, drive or watch.",
            fix=f"Leave `{said[0]}` out, or ship it without --dry-run.",
        )
