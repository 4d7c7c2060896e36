"""Jobs of GitLab CI."""

from collections.abc import Iterator

from shipway.adapters.pipelines.step import Step, line_of, listed, mapping, texts
from shipway.spec.tree import Data, parse

SCRIPTS = ("before_script", "script", "after_script")
KEYWORDS = {"default", "include", "stages", "variables", "workflow", "cache", "image", "services"}
BUTTON = "manual"


def steps(text: str, name: str) -> Iterator[Step]:
    """Of jobs that are no templates. Raises `NotYaml`."""
    tree = parse(text, file=name)
    for job, given in mapping(tree.data).items():
        if job.startswith(".") or job in KEYWORDS:
            continue
        for key in SCRIPTS:
            for number, script in enumerate(texts(mapping(given).get(key))):
                line = line_of(tree, job, key, number) + ("\n" in script)
                yield Step(line=line, script=script, is_automatic=not _waits(mapping(given)))


def _waits(job: dict[str, Data]) -> bool:
    """Whether somebody presses a button for it, wherever it runs."""
    rules = [mapping(rule) for rule in listed(job.get("rules"))]
    if rules:
        return all(rule.get("when", job.get("when")) in (BUTTON, "never") for rule in rules)
    return job.get("when") == BUTTON
