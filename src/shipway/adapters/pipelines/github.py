"""Workflows of GitHub Actions."""

from collections.abc import Iterator

from shipway.adapters.pipelines.step import Step, line_of, listed, mapping
from shipway.spec.tree import Data, Tree, parse

AUTOMATIC = {"push", "release", "workflow_run", "registry_package", "schedule", "merge_group", "create"}
ACTIONS = (
    "azure/k8s-deploy",
    "azure/webapps-deploy",
    "aws-actions/amazon-ecs-deploy-task-definition",
    "google-github-actions/deploy-cloudrun",
    "google-github-actions/deploy-appengine",
    "superfly/flyctl-actions",
)
SHIPWAY = "shipway"
"""An action of this name deploys where it is told a version."""


def steps(text: str, name: str) -> Iterator[Step]:
    """Of jobs that may run. Raises `NotYaml`."""
    tree = parse(text, file=name)
    found = mapping(tree.data)
    automatic = bool(AUTOMATIC & _triggers(found.get("on")))
    for job, given in mapping(found.get("jobs")).items():
        if _is_off(mapping(given)):
            continue
        for number, step in enumerate(listed(mapping(given).get("steps"))):
            if not _is_off(mapping(step)):
                yield from _step(tree, mapping(step), (job, number), automatic=automatic)


def _step(tree: Tree, step: dict[str, Data], at: tuple[str, int], *, automatic: bool) -> Iterator[Step]:
    job, number = at
    run, uses = step.get("run"), str(step.get("uses") or "")
    if isinstance(run, str):
        line = line_of(tree, "jobs", job, "steps", number, "run")
        yield Step(line=line + ("\n" in run), script=str(run), is_automatic=automatic)
    action = uses.partition("@")[0]
    if action in ACTIONS or (action.rpartition("/")[2] == SHIPWAY and _deploys(step)):
        line = line_of(tree, "jobs", job, "steps", number, "uses")
        yield Step(line=line, action=uses, is_automatic=automatic)


def _deploys(step: dict[str, Data]) -> bool:
    return mapping(step.get("with")).get("command", "deploy") == "deploy"


def _is_off(given: dict[str, Data]) -> bool:
    return str(given.get("if", "")).strip("${} ") == "false"


def _triggers(on: Data) -> set[str]:
    if isinstance(on, str):
        return {str(on)}
    return {str(one) for one in on} if isinstance(on, list) else set(mapping(on))
