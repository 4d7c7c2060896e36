"""Pipelines that are written, in the eyes of their tools: actionlint, and the schema of Argo Workflows.

Both come from the tools' released Go modules, once on a machine.
"""

import json
import os
import subprocess
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from platforms import kept
from shipway.pipelines.identities import CLOUDS
from shipway.pipelines.writing import Wishes, path_of, written

pytestmark = pytest.mark.real
ACTIONLINT, ARGO = "v1.7.12", "v3.7.2"
GO_SECONDS = 600
LABELS = "self-hosted-runner:\n  labels: [production]\n"


def go(*words: str, **variables: str) -> str:
    done = subprocess.run(
        ["go", *words],
        env={**os.environ, **variables},
        check=True,
        capture_output=True,
        text=True,
        timeout=GO_SECONDS,
    )
    return done.stdout


def actionlint() -> Path:
    made = kept.place(f"actionlint-{ACTIONLINT}")
    with kept.alone("actionlint"):
        if not (made / "actionlint").exists():
            go("install", f"github.com/rhysd/actionlint/cmd/actionlint@{ACTIONLINT}", GOBIN=str(made))
    return made / "actionlint"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "actionlint.yaml").write_text(LABELS)
    return tmp_path


def linted(repository: Path, text: str) -> list[str]:
    path = repository / path_of("github", "shop")
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    done = subprocess.run([actionlint()], cwd=repository, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("cloud", [None, *CLOUDS])
def test_actionlint_finds_nothing(repository: Path, cloud: str | None) -> None:
    assert linted(repository, written("github", Wishes(service="shop", cloud=cloud))) == []


def test_actionlint_would_find_something(repository: Path) -> None:
    text = written("github", Wishes(service="shop"))
    assert any("joob" in line for line in linted(repository, text.replace("job.status", "joob.status")))


def strict(rule: dict[str, object]) -> dict[str, object]:
    """The schema lets unknown keys pass, as the API server does when it drops them."""
    return {"additionalProperties": False, **rule} if "properties" in rule else rule


def test_argo_takes_its_template() -> None:
    module = json.loads(go("mod", "download", "-json", f"github.com/argoproj/argo-workflows/v3@{ARGO}"))
    schema = json.loads((Path(module["Dir"]) / "api" / "jsonschema" / "schema.json").read_text())
    found = YAML(typ="safe", pure=True).load(written("argo-workflows", Wishes(service="shop")))
    kind = "io.argoproj.workflow.v1alpha1.WorkflowTemplate"
    known = {name: strict(rule) for name, rule in schema["definitions"].items()}
    rules = jsonschema.Draft7Validator({"$ref": f"#/definitions/{kind}", "definitions": known})
    assert [error.message for error in rules.iter_errors(found)] == []
    found["spec"]["templates"][0]["stepps"] = []
    assert list(rules.iter_errors(found))
