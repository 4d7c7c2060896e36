"""Says which phase a change has reached, and what follows."""

from pathlib import Path

from shipway.cli.shell.terminal import out
from shipway.errors import Exit
from shipway.model.phase import Phase


def reached(file: Path, phase: Phase, following: str) -> Exit:
    """Two lines at the end of a command."""
    screen = out()
    screen.say(f"{screen.paint.good('✓')} {phase.label}")
    if following:
        screen.say(f"  {screen.paint.faint('next')} shipway schema {following} {file}")
    return Exit.DONE
