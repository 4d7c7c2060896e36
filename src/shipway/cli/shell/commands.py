"""All commands by name. Each is loaded when it is asked for; the word is the file's name."""

from cyclopts import App

from shipway import __version__
from shipway.errors import ShipwayError

GROUPS = {
    "Begin": ("init", "check", "ci", "assess", "plan", "demo", "rehearse", "replay", "analyze"),
    "Ship": ("deploy", "promote", "pause", "resume"),
    "See": ("status", "watch", "why", "report", "maturity", "history", "jobs", "logs", "port-forward"),
    "Take back": ("abort", "back", "rollback", "report-harm"),
    "Change a schema": ("schema",),
    "Run": ("run", "scale", "accept", "down", "eject", "serve", "prune"),
    "Flags": ("flags",),
    "Set up": ("startup", "config", "completion"),
}
"""In the order in which people meet them."""
EPILOGUE = "`shipway COMMAND --help` teaches one command: what it does, examples, and what follows."


class WrongWords(ShipwayError):
    """A command line that no command understands."""

    code = "command-line"


def commands() -> tuple[str, ...]:
    """Every command."""
    return tuple(name for group in GROUPS.values() for name in group)


def application() -> App:
    """The parser, with nothing loaded yet."""
    app = App(
        name="shipway",
        version=f"shipway {__version__}",
        help_flags=(),
        version_flags=("--version",),
        print_error=False,
        exit_on_error=False,
        verbose=False,
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    for name in commands():
        module = name.replace("-", "_")
        app.command(f"shipway.cli.{module}:{module}", name=name)
    return app
