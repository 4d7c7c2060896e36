"""Finds command lines in pages, and holds them against the real parser without running them."""

import re
import shlex
from pathlib import Path

from shipway.cli.shell.commands import application, commands

FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`(shipway [^`\n]+)`")
SHELL = ("sh", "bash", "console", "yaml")
STARTS = re.compile(r"(?:^|(?<=[\s(]))shipway(?= )")
ENDS = (";", "&&", "||", "|", ">", ")", "#")
PLACEHOLDER = re.compile(r"^(?:\[.*|\.\.\.|…|COMMAND)$")


def quoted(page: Path) -> list[str]:
    """Every `shipway …` in a page: in code spans, and in blocks that a shell would read."""
    text = page.read_text(encoding="utf-8")
    found = INLINE.findall(FENCE.sub("", text))
    for _, language, block in FENCE.findall(text):
        if language in SHELL:
            found += [line for raw in block.splitlines() if (line := _command(raw, language))]
    return found


def _command(line: str, language: str) -> str:
    """The command of one line: after a prompt in a console, anywhere in a script."""
    if language == "console" and not line.lstrip().startswith("$"):
        return ""
    start = STARTS.search(line.split("# ", 1)[0] if language != "console" else line)
    return line[start.start() :].strip() if start else ""


def complaint(line: str) -> str:
    """What is wrong with a command line; empty where the command and its options exist."""
    words = _words(line)
    if not words or words[0] in ("--version", "--help") or PLACEHOLDER.match(words[0]):
        return ""
    if words[0] not in commands():
        return f"no command {words[0]}"
    known = _options(words)
    unknown = [
        word for word in words[1:] if word.startswith("-") and word != "-" and word.split("=")[0] not in known
    ]
    return f"{words[0]} has no {', '.join(unknown)}" if unknown else ""


def _words(line: str) -> list[str]:
    """Up to where the shell would begin something else."""
    found: list[str] = []
    for word in shlex.split(line, comments=True)[1:]:
        if word in ENDS or word.startswith(("|", ">")):
            break
        found.append(word.strip("[]").rstrip(";)"))
        if word.endswith((";", ")")):
            break
    return found


def _options(words: list[str]) -> set[str]:
    app = application()
    for word in words:
        if word not in list(app):
            break
        app = app[word]
    arguments = app.assemble_argument_collection() if app.default_command else ()
    return {"--help", "-h", "--debug"} | {name for argument in arguments for name in argument.names}
