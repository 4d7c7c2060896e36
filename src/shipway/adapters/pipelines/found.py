"""All pipelines of a repository: GitHub Actions, GitLab CI, Jenkins, Argo Workflows."""

from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from shipway.adapters.pipelines import argo, github, gitlab, jenkins
from shipway.adapters.pipelines.commands import commands, deploying
from shipway.adapters.pipelines.step import Step
from shipway.errors import ShipwayError

BYTES_MAX, FILES_MAX = 200_000, 200
PLACES: tuple[tuple[str, Callable[[str, str], Iterator[Step]]], ...] = (
    (".github/workflows/*.yml", github.steps),
    (".github/workflows/*.yaml", github.steps),
    (".gitlab-ci.yml", gitlab.steps),
    ("Jenkinsfile", jenkins.steps),
    (".argo/*.yaml", argo.steps),
    ("argo/*.yaml", argo.steps),
)


class Deploying(Struct, frozen=True, kw_only=True):
    """A step that deploys."""

    where: str
    """File and line."""
    command: str
    is_automatic: bool
    """Whether it runs by itself: on a push, a tag, a schedule. Else somebody presses a button."""


def pipelines(root: Path) -> tuple[Deploying, ...]:
    """Every step that deploys. Files that cannot be read as what they should be hold none."""
    return tuple(found for path, read in _files(root) for found in _in_file(root, path, read))


def _files(root: Path) -> Iterator[tuple[Path, Callable[[str, str], Iterator[Step]]]]:
    for pattern, read in PLACES:
        for path in sorted(root.glob(pattern))[:FILES_MAX]:
            yield path, read


def _in_file(root: Path, path: Path, read: Callable[[str, str], Iterator[Step]]) -> Iterator[Deploying]:
    try:
        steps = list(read(text_of(path), path.name))
    except (ShipwayError, OSError):
        return
    for step in steps:
        for where, command in _deploying(root, path, step):
            yield Deploying(where=where, command=command, is_automatic=step.is_automatic)


def _deploying(root: Path, path: Path, step: Step) -> Iterator[tuple[str, str]]:
    """Commands of the step itself, and of scripts in the repository that it runs."""
    name = str(path.relative_to(root))
    if step.action:
        yield f"{name}:{step.line}", f"uses: {step.action}"
    for number, command in deploying(step.script):
        yield f"{name}:{step.line + number}", command
    for _, words in commands(step.script):
        script = next((word for word in words[:2] if word.startswith("./") or word.endswith(".sh")), None)
        if script is not None and (root / script).is_file():
            inside = text_of(root / script)
            yield from ((f"{Path(script)}:{number + 1}", command) for number, command in deploying(inside))


def text_of(path: Path) -> str:
    """Its begin, as text."""
    with path.open("rb") as file:
        return file.read(BYTES_MAX).decode(errors="replace")
