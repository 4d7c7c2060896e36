"""From a folder to a first release file."""

import shlex
from collections.abc import Callable
from pathlib import Path

from shipway.cli.render.paint import Paint, filled, pad
from shipway.cli.shell.prompts import asked, is_attended
from shipway.cli.shell.terminal import out
from shipway.errors import Exit, ShipwayError
from shipway.spec.detect import detect, look
from shipway.spec.load import parse_release
from shipway.spec.sample import SCHEMA_PATH, Facts, sample
from shipway.spec.schema import text as schema
from shipway.spec.stacks.found import Found
from shipway.spec.stacks.naming import service_name

EXAMPLE = "./app --port {port}"
FIELDS = ("service", "command", "prepare", "port", "ready", "alive", "strategy")


class FileThere(ShipwayError):
    """A file is there that would be overwritten."""

    code = "file-there"
    exit_code = Exit.REFUSED


class NoCommand(ShipwayError):
    """Nothing tells how the application is started, and nobody can be asked."""

    code = "no-command"


def begin(path: Path, *, yes: bool, force: bool) -> int:
    """Write the file and its schema. Raises `ShipwayError`; then nothing was written."""
    if path.exists() and not force:
        raise FileThere(
            f"{path.name} is there already",
            where=str(path.absolute()),
            why="Nothing is overwritten without being told.",
            fix="`shipway check` tells whether it works; --force writes a new one over it.",
        )
    folder = path.absolute().parent
    found = detect(look(folder))
    facts = _facts(found, yes=yes)
    text = sample(facts)
    parse_release(text, path=path)
    _write(folder, path, text)
    _tell(path, found, facts)
    return Exit.DONE


def _facts(found: Found, *, yes: bool) -> Facts:
    if is_attended() and not yes:
        out().say("Enter takes what is in brackets.")
    service = asked("Name of the service", found.service or "web", yes=yes, wrong=_wrong_name)
    command = asked("Command that starts one replica", _command(found, yes=yes), yes=yes, wrong=_portless(found))
    if found.kind == "worker":
        return Facts(service=service, command=command, kind="worker", prepare=found.prepare, env=found.env)
    port = asked("Port where users reach it", str(found.port or 8080), yes=yes, wrong=_wrong_port)
    ready = asked(
        "Path that answers 200 when it takes requests",
        found.ready or "/health/ready",
        yes=yes,
        wrong=lambda path: "" if path.startswith("/") else "A path begins with /.",
    )
    defaults = Facts(service=service, command=command)
    return Facts(
        service=service,
        command=command,
        prepare=found.prepare,
        env=found.env,
        port=int(port),
        ready=ready,
        alive=found.alive or ready.replace("ready", "alive"),
        strategy=found.strategy or defaults.strategy,
    )


def _command(found: Found, *, yes: bool) -> str:
    if found.command or (is_attended() and not yes):
        return found.command or EXAMPLE
    raise NoCommand(
        "Nothing here tells how the application is started",
        where=str(Path.cwd()),
        why=found.reasons.get("command", "No Procfile, pyproject.toml, package.json, go.mod or Gemfile says it."),
        fix="Run `shipway init` on a terminal and type it, or add a Procfile: `web: ./app --port $PORT`.",
    )


def _wrong_name(text: str) -> str:
    is_name = service_name(text) == text
    return "" if is_name else "Names have 1 to 63 small letters, digits and hyphens, and begin with a letter."


def _portless(found: Found) -> Callable[[str], str]:
    """Every replica needs a port of its own, unless its environment tells it."""

    def wrong(command: str) -> str:
        fine = found.kind == "worker" or "{port}" in command or "{port}" in found.env.values()
        return "" if fine else "It needs {port} somewhere: every replica gets a port of its own."

    return wrong


def _wrong_port(text: str) -> str:
    is_port = text.isascii() and text.isdigit() and 0 < int(text) <= 65535
    return "" if is_port else "Ports are 1 to 65535."


def _write(folder: Path, path: Path, text: str) -> None:
    try:
        (folder / SCHEMA_PATH).parent.mkdir(exist_ok=True)
        (folder / SCHEMA_PATH).write_text(schema(), encoding="utf-8")
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ShipwayError(
            f"{path.name} cannot be written",
            where=str(path.absolute()),
            why=f"{error.strerror}.",
            fix="Make the folder writable, or name another file with --file.",
        ) from error


def _tell(path: Path, found: Found, facts: Facts) -> None:
    """What was guessed and is in the file, and why it is believed."""
    screen = out()
    screen.say(f"{screen.paint.good('✓')} {path} is written; {SCHEMA_PATH} gives editors its schema.")
    for name in FIELDS:
        if name in found.reasons and getattr(found, name) and getattr(found, name) == getattr(facts, name):
            screen.all(_reason(name, str(getattr(found, name)), found.reasons[name], screen.paint))
    screen.all(["", "Next: read it, then `shipway check` and `shipway deploy VERSION`."])


def _reason(name: str, value: str, reason: str, paint: Paint) -> list[str]:
    shown = value if len(shlex.quote(value)) < 60 else f"{value[:56]}…"
    return [f"  {pad(name, 9)} {paint.strong(shown)}", *filled(paint.faint(reason), head=" " * 12)]
