"""Which steps of other people's pipelines deploy, and which only look so."""

from pathlib import Path

import pytest

from shipway.adapters.pipelines.commands import commands, deploying
from shipway.adapters.pipelines.found import pipelines


@pytest.mark.parametrize(
    "script",
    [
        "shipway deploy 1.9.0",
        "set -e\nif true; then shipway deploy $V; fi",
        "RUNNER_TRACKING_ID='' sudo shipway deploy 1.0 --foreground",
        "python -m shipway deploy 1.0",
        "kubectl -n prod apply -f k8s/",
        "make build && kubectl set image deployment/shop shop=$IMAGE",
        "helm upgrade --install shop ./chart \\\n  --wait",
        "/usr/local/bin/docker stack deploy -c stack.yml shop",
        "(cd infra && terraform apply -auto-approve)",
    ],
)
def test_a_command_that_deploys_is_found(script: str) -> None:
    assert len(list(deploying(script))) == 1


@pytest.mark.parametrize(
    "script",
    [
        "# kubectl apply -f k8s/",
        "echo kubectl apply -f k8s/",
        "echo 'run `shipway deploy` yourself'",
        "kubectl apply --dry-run=server -f k8s/",
        "kubectl get pods",
        "shipway plan 1.9.0  # then shipway deploy",
        "cat <<EOF > notes\nshipway deploy 1.0\nEOF\n",
        "grep 'helm upgrade' README.md",
        "shipway deploy --help",
        "docker service ps shop",
        "printf '%s' \"unclosed",
    ],
)
def test_a_mention_is_no_command(script: str) -> None:
    assert list(deploying(script)) == []


def test_commands_know_their_lines() -> None:
    script = "a\n\nb | c \\\n d\ncat <<'X'\ne\nX\nf"
    assert [(number, words[0]) for number, words in commands(script)] == [
        (0, "a"),
        (2, "b"),
        (2, "c"),
        (4, "cat"),
        (7, "f"),
    ]


def found(root: Path) -> list[tuple[str, bool]]:
    return [(one.where, one.is_automatic) for one in pipelines(root)]


GITHUB = """\
# shipway deploy is only mentioned here
on: TRIGGER
jobs:
  deploy:
    steps:
      - uses: actions/checkout@v4
      - name: kubectl apply
        run: echo none
      - if: ${{ false }}
        run: shipway deploy 0
      - run: |
          set -e
          shipway deploy "$GITHUB_SHA"
  off:
    if: false
    steps: [{run: shipway deploy 0}]
"""


@pytest.mark.parametrize(
    ("trigger", "is_automatic"),
    [
        ("push", True),
        ("[push, pull_request]", True),
        ("{push: {branches: [main]}}", True),
        ("workflow_dispatch", False),
    ],
)
def test_a_workflow_of_github(tmp_path: Path, trigger: str, is_automatic: bool) -> None:
    file = tmp_path / ".github" / "workflows" / "deploy.yml"
    file.parent.mkdir(parents=True)
    file.write_text(GITHUB.replace("TRIGGER", trigger))
    assert found(tmp_path) == [(".github/workflows/deploy.yml:13", is_automatic)]


def test_an_action_that_deploys(tmp_path: Path) -> None:
    file = tmp_path / ".github" / "workflows" / "deploy.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(
        "on: push\njobs:\n  a:\n    steps:\n      - uses: acme/shipway@v1\n"
        "      - uses: acme/shipway@v1\n        with: {command: plan}\n"
    )
    assert found(tmp_path) == [(".github/workflows/deploy.yaml:5", True)]


def test_jobs_of_gitlab(tmp_path: Path) -> None:
    (tmp_path / ".gitlab-ci.yml").write_text(
        ".template:\n  script: [shipway deploy 0]\n"
        "deploy:\n  script:\n    - ./ship.sh prod\n"
        "button:\n  when: manual\n  script:\n    - shipway deploy 1\n"
        "ruled:\n  rules:\n    - if: $CI_COMMIT_TAG\n  script:\n    - |\n      set -e\n      helm upgrade a b\n"
    )
    (tmp_path / "ship.sh").write_text("#!/bin/sh\n# kubectl apply\nkubectl apply -f .\n")
    assert found(tmp_path) == [("ship.sh:3", True), (".gitlab-ci.yml:9", False), (".gitlab-ci.yml:16", True)]


def test_a_jenkinsfile(tmp_path: Path) -> None:
    (tmp_path / "Jenkinsfile").write_text(
        "// sh 'shipway deploy 0'\n/* sh 'shipway deploy 0' */\npipeline { stages {\n"
        "  echo 'it\\'s // sh \"shipway deploy 0\"'\n"
        "  sh 'make'\n  sh '''\n    shipway deploy 1\n  '''\n  sh(script: \"kubectl apply -f a\")\n}}\n"
    )
    assert found(tmp_path) == [("Jenkinsfile:7", True), ("Jenkinsfile:9", True)]
    with (tmp_path / "Jenkinsfile").open("a") as file:
        file.write("  input 'sure?'\n")
    assert not any(is_automatic for _, is_automatic in found(tmp_path))


def test_workflows_of_argo(tmp_path: Path) -> None:
    (tmp_path / "argo").mkdir()
    (tmp_path / "argo" / "deploy.yaml").write_text(
        "kind: WorkflowTemplate\nspec:\n  templates:\n"
        "    - name: a\n      container:\n        command: [sh, -c]\n        args: ['shipway deploy 1']\n"
        "    - name: b\n      script:\n        source: |\n          kubectl apply -f a\n"
    )
    (tmp_path / "argo" / "other.yaml").write_text("kind: ConfigMap\ndata: {run: shipway deploy 1}\n")
    assert found(tmp_path) == [("argo/deploy.yaml:6", True), ("argo/deploy.yaml:11", True)]


def test_what_cannot_be_read_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / ".gitlab-ci.yml").write_text("deploy: [\nscript: shipway deploy\n")
    (tmp_path / "Jenkinsfile").mkdir()
    assert found(tmp_path) == []
