"""Fills a template. The templates are whole files of their tools, so that they can be read as what they become."""

import re
from importlib.resources import files
from pathlib import PurePosixPath

from msgspec import Struct

from shipway.pipelines import identities

PATHS = {
    "github": ".github/workflows/shipway-{service}.yml",
    "gitlab": ".gitlab-ci.yml",
    "jenkins": "Jenkinsfile",
    "argo-workflows": "argo/shipway-{service}.yaml",
}
"""Where each tool looks, by its name."""
TEMPLATES = {
    "github": "github.yml",
    "gitlab": "gitlab.yml",
    "jenkins": "jenkins.groovy",
    "argo-workflows": "argo-workflows.yaml",
}
BLANK = re.compile(r"<<([a-z_]+)>>")
LABELS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(,[A-Za-z0-9][A-Za-z0-9_.-]*)*")
BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]*")
FILE = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_./-]*")
"""What may stand in every tool's file without quotes: nothing of it can end a text or begin a command."""


class Wishes(Struct, frozen=True, kw_only=True):
    """What fills the blanks."""

    service: str
    file: str = "shipway.yaml"
    branch: str = "main"
    runner: str = "self-hosted,production"
    """Labels of the runner, with commas between."""
    cloud: str | None = None
    """Whose identity the job gets."""
    needs_checklist: bool = False
    """Whether a deploy would be refused without a signed one."""


def path_of(tool: str, service: str) -> PurePosixPath:
    """Where the file belongs, from the repository's root."""
    return PurePosixPath(PATHS[tool].format(service=service))


def written(tool: str, wishes: Wishes) -> str:
    """The whole file."""
    template = files("shipway.pipelines").joinpath("templates", TEMPLATES[tool]).read_text(encoding="utf-8")
    labels = wishes.runner.split(",")
    blanks = {
        "service": wishes.service,
        "file": wishes.file,
        "branch": wishes.branch,
        "runner": " && ".join(labels) if tool == "jenkins" else f"[{', '.join(labels)}]",
        "checklist": " --release" if wishes.needs_checklist else "",
        "identity": identities.step(tool, wishes.cloud),
        "identity_permission": "\n      id-token: write" if wishes.cloud else "",
    }
    return BLANK.sub(lambda found: blanks[found[1]], template)
