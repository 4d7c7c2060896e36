"""Help that teaches: what a command does in one sentence, its parameters, examples, and what follows."""

import inspect
import re
from collections.abc import Callable, Iterator

from cyclopts import App
from cyclopts.argument import Argument

from shipway.cli.render.paint import filled, table
from shipway.cli.shell.commands import EPILOGUE, GROUPS, WrongWords, application

INTRODUCTION = (
    "Ships a release so that nobody notices: one safe stage at a time, under a guard that takes it back by itself "
    "when users would be hurt."
)
SECTION = re.compile(r"^(Examples|Then):$", re.MULTILINE)
NAME_COLUMNS = 10


def overview() -> list[str]:
    """`shipway --help`."""
    app = application()
    found = ["shipway COMMAND", "", *filled(INTRODUCTION), ""]
    for group, names in GROUPS.items():
        rows = [["", f"{name:{NAME_COLUMNS}}", purpose_of(app, [name])] for name in names]
        found += [group, *table(rows), ""]
    return [*found, *filled(EPILOGUE)]


def purpose(function: Callable[..., object]) -> str:
    """A command's first sentence."""
    return " ".join(_parts(function)["purpose"].split("\n\n")[0].split()).rstrip(".").partition(": ")[0]


def purpose_of(app: App, path: list[str]) -> str:
    """As `purpose`, by the command's words."""
    return purpose(_function(app, path))


def page(app: App, path: list[str]) -> list[str]:
    """`shipway COMMAND --help`. Raises `WrongWords` for an unknown command."""
    known = _known(app, path)
    if not known:
        raise WrongWords(f"There is no command `{' '.join(path)}`", fix="`shipway --help` lists all commands.")
    command = _app(app, known)
    subcommands = [name for name in command if not name.startswith("-")]
    function = command.default_command
    parts = _parts(function) if function else {"purpose": command.help or ""}
    return [
        *_usage(command, known, subcommands),
        "",
        *(line for text in parts["purpose"].split("\n\n") for line in (*filled(" ".join(text.split())), "")),
        *_parameters(command),
        *_subcommands(command, subcommands),
        *_examples(parts.get("Examples", "")),
        *(["Then", *filled(" ".join(parts["Then"].split()), head="  ")] if "Then" in parts else []),
    ]


def _known(app: App, path: list[str]) -> list[str]:
    """As many words as name a command."""
    known: list[str] = []
    for word in path:
        if word not in list(_app(app, known)):
            break
        known.append(word)
    return known


def _app(app: App, path: list[str]) -> App:
    for word in path:
        app = app[word]
    return app


def _function(app: App, path: list[str]) -> Callable[..., object]:
    command = _app(app, path)
    return command.default_command or _as_function(command)


def _as_function(command: App) -> Callable[..., object]:
    def group() -> None:
        pass

    group.__doc__ = command.help
    return group


def _parts(function: Callable[..., object]) -> dict[str, str]:
    """The docstring by its sections."""
    first, *others = SECTION.split(inspect.getdoc(function) or "")
    return {"purpose": first.strip(), **dict(zip(others[::2], others[1::2], strict=True))}


def _usage(command: App, path: list[str], subcommands: list[str]) -> list[str]:
    words = ["shipway", *path, *(["COMMAND"] if subcommands else [])]
    arguments = _arguments(command)
    words += [_bracketed(one) for one in arguments if _is_positional(one)]
    return [" ".join([*words, *(["[OPTIONS]"] if any(not _is_positional(one) for one in arguments) else [])])]


def _bracketed(argument: Argument) -> str:
    return _metavar(argument) if argument.required else f"[{_metavar(argument)}]"


def _arguments(command: App) -> list[Argument]:
    return [one for one in command.assemble_argument_collection() if one.show] if command.default_command else []


def _is_positional(argument: Argument) -> bool:
    return argument.index is not None


def _metavar(argument: Argument) -> str:
    return argument.parameter.metavar or argument.field_info.name.upper()


def _parameters(command: App) -> list[str]:
    rows = [["", _label(one), _described(one)] for one in _arguments(command)]
    return [*table(rows), ""] if rows else []


def _label(argument: Argument) -> str:
    if _is_positional(argument):
        return _metavar(argument)
    names = ", ".join(sorted((name for name in argument.names if name.startswith("-")), key=len))
    return names if argument.hint is bool else f"{names} {_metavar(argument)}"


def _described(argument: Argument) -> str:
    said = argument.parameter.help or ""
    choices = argument.get_choices()
    said += f" One of {', '.join(choices)}." if choices else ""
    default = argument.field_info.default
    if argument.parameter.show_default and default is not argument.field_info.empty:
        said += f" Default: {default}."
    return said


def _subcommands(command: App, names: list[str]) -> list[str]:
    rows = [["", name, purpose(_function(command, [name]))] for name in names]
    return [*table(rows), ""] if rows else []


def _examples(text: str) -> Iterator[str]:
    shown = [line.strip() for line in text.strip().splitlines()]
    if shown:
        yield from ("Examples", *(f"  {line}" for line in shown), "")
