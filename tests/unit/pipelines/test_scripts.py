"""The shell of pipelines that are written: nothing is split into words, no secret is an argument or is printed."""

import re
from pathlib import Path

import pytest
import tree_sitter_groovy
from ruamel.yaml import YAML
from tree_sitter import Language, Node, Parser

from shipway.adapters.pipelines import jenkins
from shipway.pipelines.identities import CLOUDS, TOOLS
from shipway.pipelines.writing import PATHS, Wishes, written

ROOT = Path(__file__).parents[3]
ALLOWED = re.compile(r"^\s*(?:export )?[A-Za-z_]+=\$|\$\{WAIT:\+--wait |\$\(mktemp\)")
"""What a shell does not split: a value that is assigned. The action's `${WAIT:+…}` is two words or none."""
SECRETS = ("SHIPWAY_NOTIFY_URL", "SHIPWAY_COMMENT_TOKEN", "CLOUD_TOKEN", "GH_TOKEN")


def scripts(value: object) -> list[str]:
    """Every piece of shell, by the keys under which the tools look for it."""
    if isinstance(value, list):
        return [script for one in value for script in scripts(one)]
    if not isinstance(value, dict):
        return []
    found: list[str] = []
    for key, part in value.items():
        if key in ("run", "source") and isinstance(part, str):
            found.append(part)
        elif key in ("script", "before_script", "after_script") and isinstance(part, list):
            found += part
        else:
            found += scripts(part)
    return found


def of(tool: str, cloud: str | None = None) -> list[str]:
    text = written(tool, Wishes(service="shop", cloud=cloud))
    if tool == "jenkins":
        return [step.script for step in jenkins.steps(text, "Jenkinsfile")]
    return scripts(YAML(typ="safe", pure=True).load(text))


def split(script: str) -> list[str]:
    """Lines in which a variable stands without quotes, where a shell splits it and fills in `*`."""
    without = re.sub(r"<<EOF\n.*?\nEOF\n", "\n", script, flags=re.DOTALL)
    without = re.sub(r"\{\{.*?\}\}", "", without)
    lines = [re.sub(r"'[^']*'", "''", line) for line in without.splitlines() if not line.lstrip().startswith("#")]
    bare = [re.sub(r'"(?:[^"\\]|\\.)*"', '""', line) for line in lines]
    return [line for line in bare if "$" in line.replace("code=$?", "") and not ALLOWED.search(line)]


EVERY = [(tool, None) for tool in PATHS] + [(tool, cloud) for tool in TOOLS for cloud in CLOUDS]


@pytest.mark.parametrize(("tool", "cloud"), EVERY)
def test_no_variable_is_split_into_words(tool: str, cloud: str | None) -> None:
    found = of(tool, cloud)
    assert len(found) >= 3
    assert [line for script in found for line in split(script)] == []


def test_the_action_splits_nothing_either() -> None:
    found = scripts(YAML(typ="safe", pure=True).load((ROOT / "action.yml").read_text(encoding="utf-8")))
    assert len(found) == 2
    assert [line for script in found for line in split(script)] == []


@pytest.mark.parametrize("line", ["shipway plan $VERSION", 'a "$B" $C', "x $(y)", "echo ${A}", "a=1 b $C"])
def test_what_would_be_split_is_seen(line: str) -> None:
    assert split(line)


@pytest.mark.parametrize("tool", PATHS)
def test_no_secret_is_an_argument_of_a_program(tool: str) -> None:
    lines = [line.strip() for script in of(tool) for line in script.splitlines()]
    named = [line for line in lines if any(secret in line for secret in SECRETS)]
    assert [line for line in named if not line.startswith(("if [ -n ", "printf "))] == []
    calls = [line for line in lines if line.startswith("curl")]
    assert calls and all("--config -" in line for line in calls)


def test_jenkins_prints_no_secret() -> None:
    [told] = [script for script in of("jenkins") if "SHIPWAY_NOTIFY_URL" in script]
    assert told.index("set +x") < told.index("SHIPWAY_NOTIFY_URL")


@pytest.mark.parametrize("tool", PATHS)
def test_no_failure_is_hidden(tool: str) -> None:
    assert [script for script in of(tool) if re.search(r"\|\|\s*(?:true|:)", script)] == []


def test_jobs_that_assess_have_all_commits() -> None:
    github, gitlab = (YAML(typ="safe", pure=True).load(written(tool, Wishes(service="shop"))) for tool in TOOLS)
    for job in ("plan", "deploy"):
        assert github["jobs"][job]["steps"][0]["with"]["fetch-depth"] == 0
        assert gitlab[job]["variables"]["GIT_DEPTH"] == 0


def wrong(text: str) -> list[Node]:
    """Where it is no Groovy."""
    waiting = [Parser(Language(tree_sitter_groovy.language())).parse(text.encode()).root_node]
    found = []
    while waiting:
        node = waiting.pop()
        waiting += node.children
        if node.is_error or node.is_missing:
            found.append(node)
    return found


def test_a_jenkinsfile_is_groovy() -> None:
    text = written("jenkins", Wishes(service="shop", branch="release/1.x", runner="linux,prod-1"))
    assert wrong(text) == []
    for broken in (
        text[:-3],
        text.replace("changeRequest() }", "changeRequest( }", 1),
        text.replace("'''", "''", 1),
    ):
        assert wrong(broken)
