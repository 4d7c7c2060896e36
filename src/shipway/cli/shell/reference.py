"""`docs/reference/commands.md`, made from the commands themselves: `python -m shipway.cli.shell.reference`."""

import sys

from shipway.cli.shell.commands import GROUPS, application
from shipway.cli.shell.help import page
from shipway.errors import Exit

INTRODUCTION = """# Commands

Every command works on one service: the one after `--service`, or that of `./shipway.yaml`, or the only one
there is. Everything of one machine lies below `SHIPWAY_HOME` (`~/.shipway` unless it is set).

Output has at most 80 columns. Signs stand beside colours: `✓` fine, `✗` somebody is needed or was hurt, `!`
look at this, `…` under way. `NO_COLOR` switches colours off; without a terminal nothing is redrawn. People
get local time with its zone. `--json` gives the same for programs: times are UTC, durations are seconds,
shares are of 100,000.

An error has four lines: what, where, why and how to fix it, with its page in `docs/errors/`. With `--json`
it is one line of JSON on standard error. `SHIPWAY_DEBUG=1` or `--debug` shows the traceback of a mistake in
Shipway.
"""
CODES = {
    Exit.DONE: "done",
    Exit.INTERNAL: "a mistake in Shipway; the traceback is in the file that is named",
    Exit.INPUT: "your input: the release file, the command line, an unknown name",
    Exit.REFUSED: "refused by a gate, a check or the controller; or superseded by another release",
    Exit.ROLLED_BACK: "the release was taken back",
    Exit.HELD: "the release is held for a person",
    Exit.UNREACHABLE: "the store, the proxy, the supervisor or a controller did not answer",
    Exit.INTERRUPTED: "you stopped watching; the release goes on",
}


def text() -> str:
    """The whole page."""
    codes = [f"| {int(code)} | {meaning} |" for code, meaning in CODES.items()]
    parts = [INTRODUCTION, "| exit code | meaning |\n|---|---|", *codes, ""]
    for group, names in GROUPS.items():
        parts += [f"## {group}\n", *(_command([name]) for name in names)]
    return "\n".join(parts).rstrip() + "\n"


def _command(path: list[str]) -> str:
    app = application()
    shown = "\n".join(page(app, path)).rstrip()
    title = f"### `shipway {' '.join(path)}`\n\n```text\n{shown}\n```\n"
    inner = [name for name in _inner(path) if not name.startswith("-")]
    return "\n".join([title, *(_command([*path, name]) for name in inner)])


def _inner(path: list[str]) -> list[str]:
    app = application()
    for word in path:
        app = app[word]
    return list(app)


if __name__ == "__main__":
    sys.stdout.write(text())
