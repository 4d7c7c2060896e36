"""Which commands of a shell script change what runs in production."""

import re
import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

DEPLOYING: tuple[tuple[str, ...], ...] = (
    ("shipway", "deploy"),
    ("kubectl", "apply"),
    ("kubectl", "set", "image"),
    ("kubectl", "rollout", "restart"),
    ("helm", "upgrade"),
    ("helm", "install"),
    ("docker", "stack", "deploy"),
    ("docker", "service", "update"),
    ("argocd", "app", "sync"),
    ("aws", "ecs", "update-service"),
    ("aws", "deploy", "create-deployment"),
    ("aws", "lambda", "update-function-code"),
    ("gcloud", "run", "deploy"),
    ("gcloud", "app", "deploy"),
    ("gcloud", "deploy", "releases", "create"),
    ("az", "webapp", "deploy"),
    ("eb", "deploy"),
    ("fly", "deploy"),
    ("flyctl", "deploy"),
    ("kamal", "deploy"),
    ("cap", "deploy"),
    ("nomad", "job", "run"),
    ("serverless", "deploy"),
    ("ansible-playbook",),
    ("terraform", "apply"),
)
"""A program and the words that follow it in this order, options between them or not."""
HARMLESS = ("--help", "-h", "--dry-run", "--dry-run=client", "--dry-run=server", "--check", "--version")
BEFORE = ("sudo", "env", "exec", "time", "command", "nohup", "nice", "then", "do", "else", "if", "!", "{", "uvx")
ASSIGNED = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*\+?=")
HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_]\w*)\1")
ENDS = re.compile(r"^[;&|()]+$")
WORDS_AFTER = 6
"""A subcommand stands among the first few words."""


def deploying(script: str) -> Iterator[tuple[int, str]]:
    """The line of each command that deploys, from 0, and its words."""
    for number, words in commands(script):
        if is_deploying(words):
            yield number, " ".join(words)


def commands(script: str) -> Iterator[tuple[int, list[str]]]:
    """Every simple command with its line, without comments and without the text of here-documents."""
    for number, line in _lines(script):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:
            continue
        yield from ((number, command) for command in _split(words) if command)


def is_deploying(words: list[str]) -> bool:
    """Whether the program is one that deploys, asked to do so."""
    name, rest = PurePosixPath(words[0]).name, words[1:]
    if any(word in HARMLESS for word in rest):
        return False
    return any(name == program and _follow(wanted, rest) for program, *wanted in DEPLOYING)


def _follow(wanted: list[str], words: list[str]) -> bool:
    left = iter(words[:WORDS_AFTER])
    return all(word in left for word in wanted)


def _split(words: list[str]) -> Iterator[list[str]]:
    """At what ends a command; what only stands before one is left out."""
    command: list[str] = []
    for word in [*words, ";"]:
        if ENDS.match(word):
            yield command
            command = []
        elif command or not (word in BEFORE or ASSIGNED.match(word)):
            command.append(word)
            command = [] if command in (["python", "-m"], ["python3", "-m"], ["pipx", "run"]) else command


def _lines(script: str) -> Iterator[tuple[int, str]]:
    """Logical lines: continued ones are joined, here-documents are passed over."""
    until, joined, began = "", "", 0
    for number, line in enumerate(script.splitlines()):
        if until:
            until = "" if line.strip() == until else until
            continue
        began = began if joined else number
        joined += line
        if joined.endswith("\\"):
            joined = joined[:-1] + " "
            continue
        here = HEREDOC.search(joined)
        until = here[2] if here else ""
        yield began, joined
        joined = ""
