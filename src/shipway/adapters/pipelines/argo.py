"""Containers and scripts of Argo Workflows."""

import shlex
from collections.abc import Iterator

from shipway.adapters.pipelines.step import Step, line_of, listed, mapping, texts
from shipway.spec.tree import parse

KINDS = ("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow")
SHELLS = ("sh", "bash")


def steps(text: str, name: str) -> Iterator[Step]:
    """Of one document. What starts a template is elsewhere, so it counts as automatic. Raises `NotYaml`."""
    tree = parse(text, file=name)
    found = mapping(tree.data)
    if found.get("kind") not in KINDS:
        return
    spec = mapping(found.get("spec"))
    outer: tuple[str | int, ...] = ("spec",)
    if found.get("kind") == "CronWorkflow":
        spec, outer = mapping(spec.get("workflowSpec")), ("spec", "workflowSpec")
    for number, template in enumerate(listed(spec.get("templates"))):
        at: tuple[str | int, ...] = (*outer, "templates", number)
        source = mapping(mapping(template).get("script")).get("source")
        if isinstance(source, str):
            yield Step(line=line_of(tree, *at, "script", "source") + ("\n" in source), script=str(source))
        container = mapping(mapping(template).get("container"))
        words = [*texts(container.get("command")), *texts(container.get("args"))]
        if words:
            yield Step(line=line_of(tree, *at, "container"), script=_script(words))


def _script(words: list[str]) -> str:
    """What a shell is told, or the command itself."""
    if words[0].rpartition("/")[2] in SHELLS:
        return words[-1]
    return shlex.join(words)
