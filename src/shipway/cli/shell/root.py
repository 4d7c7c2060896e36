"""From the words of a command line to the command that they name."""

from cyclopts.exceptions import CycloptsError, MissingArgumentError

from shipway.cli.shell import help
from shipway.cli.shell.commands import WrongWords, application, commands
from shipway.cli.shell.terminal import out

HELP = ("--help", "-h")


def run(words: list[str]) -> int:
    """Parse and run. Raises `ShipwayError`."""
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
    command = " ".join(error.command_chain or (command,))
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
