"""All commands by name. Each is loaded when it is asked for; the word is the file's name."""

from cyclopts import App
from cyclopts.exceptions import CycloptsError, MissingArgumentError

from shipway import __version__
from shipway.cli.shell.terminal import out
from shipway.errors import ShipwayError

GROUPS = {
    "Begin": ("init", "check", "plan", "demo", "rehearse", "replay", "analyze"),
    "Ship": ("deploy", "promote", "pause", "resume"),
    "See": ("status", "watch", "why", "history", "logs"),
    "Take back": ("abort", "back", "rollback"),
    "Run": ("scale", "accept", "down", "serve"),
    "Set up": ("startup", "config", "completion"),
}
"""In the order in which people meet them."""
HELP = ("--help", "-h")
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
        app.command(f"shipway.cli.{name}:{name}", name=name)
    return app


def run(words: list[str]) -> int:
    """Parse and run. Raises `ShipwayError`."""
    from shipway.cli.shell import help

    if not words or words[0] in HELP:
        return _print(help.overview())
    if words[0] == "__complete":
        return int(application()(words) or 0)
    if set(words) & set(HELP):
        return _print(help.page(application(), _path(words)))
    try:
        result = application()(words)
    except CycloptsError as error:
        raise _explained(error, words) from error
    return int(result or 0)


def _path(words: list[str]) -> list[str]:
    """The command's words, without options."""
    until = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    return words[:until]


def _print(lines: list[str]) -> int:
    out().all(lines)
    return 0


def _explained(error: CycloptsError, words: list[str]) -> WrongWords:
    from shipway.spec.nearest import nearest

    command = words[0] if words[0] in commands() else ""
    meant = None if command else nearest(words[0], commands())
    if not command:
        return WrongWords(
            f"There is no command `{words[0]}`",
            where=f"shipway {' '.join(words)}",
            why="`shipway --help` lists all of them.",
            fix=f"Did you mean `shipway {meant}`?" if meant else "Take one of those.",
        )
    return WrongWords(
        _said(error, command),
        where=f"shipway {' '.join(words)}",
        why="The command was not run; nothing has changed.",
        fix=f"`shipway {command} --help` shows how it is called.",
    )


def _said(error: CycloptsError, command: str) -> str:
    """In the words of the help, where the parser speaks of its own."""
    missing = error.argument if isinstance(error, MissingArgumentError) and error.keyword is None else None
    if missing is not None and missing.index is not None:
        return f"`shipway {command}` needs {missing.parameter.metavar or missing.field_info.name.upper()}"
    return " ".join(str(error).split())
