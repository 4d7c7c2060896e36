"""Checks what fills a pipeline's blanks, and puts the file where its tool looks."""

import re
from pathlib import Path

from shipway.cli.render.paint import filled
from shipway.cli.shell.beginning import FileThere
from shipway.cli.shell.commands import WrongWords
from shipway.errors import ShipwayError
from shipway.pipelines.identities import TOOLS
from shipway.pipelines.writing import BRANCH, FILE, LABELS, Wishes
from shipway.spec.load import load


def wishes_of(tool: str, branch: str, runner: str, *, cloud: str | None, file: Path) -> Wishes:
    """Raises `ShipwayError` for the release file, and for words that could not stand in a pipeline as they are."""
    written = load(file).file
    _fits("--branch", branch, BRANCH, "main")
    _fits("--runner", runner, LABELS, "self-hosted,production")
    _fits("--file", str(file), FILE, "deploy/shipway.yaml")
    if cloud is not None and tool not in TOOLS:
        raise WrongWords(
            f"`--cloud {cloud}` is nothing that {tool} can do by a file",
            where="--cloud",
            why="An agent or a pod gets its identity from where it runs: a plugin, or its service account.",
            fix="Leave `--cloud` out, and give the agent or the service account an identity of that cloud.",
        )
    return Wishes(
        service=written.service,
        file=str(file),
        branch=branch,
        runner=runner,
        cloud=cloud,
        needs_checklist=written.checklist.required,
    )


def _fits(option: str, given: str, pattern: re.Pattern[str], example: str) -> None:
    if not pattern.fullmatch(given):
        raise WrongWords(
            f"`{option} {given}` cannot stand in a pipeline",
            where=option,
            why="It may have letters, digits and . _ / -, and a path is relative to the repository.",
            fix=f"Write {option} {example}.",
        )


def write(path: Path, text: str, *, force: bool, told: str) -> list[str]:
    """What to tell. Raises `FileThere` where another file is in its place."""
    if path.exists() and not force:
        if path.is_file() and path.read_text(encoding="utf-8", errors="replace") == text:
            return [f"{told} is there already, word for word."]
        raise FileThere(
            f"{told} is there already",
            where=str(path.absolute()),
            why="It differs from what would be written, and nothing is overwritten without being told.",
            fix="`--output -` prints the new one to compare; --force writes it over the old one.",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ShipwayError(
            f"{told} cannot be written",
            where=str(path),
            why=f"{error.strerror}.",
            fix="Name another place by --output.",
        ) from error
    return filled(f"{told} is written. Read it, commit it; docs/guides/ci.md says what it needs.")
