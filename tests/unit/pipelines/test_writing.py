"""Pipelines that are written: their tools' schemas, their blanks, and what other commands read in them."""

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from shipway.adapters.pipelines.found import pipelines
from shipway.cli import main
from shipway.cli.ci import Where, ci
from shipway.errors import Exit, ShipwayError
from shipway.pipelines.identities import CLOUDS, TOOLS
from shipway.pipelines.writing import BLANK, PATHS, Wishes, path_of, written

ROOT = Path(__file__).parents[3]
ODD = Wishes(service="on", file="a/b_c.yaml", branch="release/1.x", runner="linux,prod-1")
RELEASE = 'service: shop\nplatform: {process: {command: "./app --port {port}"}}\n'


def complaints(text: str, schema: str) -> list[str]:
    """By the schema that the tool's makers, or those who keep them, have published."""
    vendored = files("check_jsonschema").joinpath("builtin_schemas", "vendor", f"{schema}.json")
    rules = json.loads(vendored.read_text(encoding="utf-8"))
    found = YAML(typ="safe", pure=True).load(text)
    return [error.message for error in jsonschema.validators.validator_for(rules)(rules).iter_errors(found)]


@pytest.mark.parametrize("wishes", [Wishes(service="shop"), ODD], ids=["usual", "odd"])
@pytest.mark.parametrize("cloud", [None, *CLOUDS])
@pytest.mark.parametrize(("tool", "schema"), [("github", "github-workflows"), ("gitlab", "gitlab-ci")])
def test_a_pipeline_is_what_its_tool_takes(tool: str, schema: str, cloud: str | None, wishes: Wishes) -> None:
    text = written(tool, Wishes(service=wishes.service, file=wishes.file, branch=wishes.branch, cloud=cloud))
    assert complaints(text, schema) == []


def test_the_schemas_would_complain() -> None:
    assert complaints("on: push\njobs: {a: {steps: [{run: 1, uses: b}]}}", "github-workflows")
    assert complaints("a: {script: {b: c}}", "gitlab-ci")


def test_the_action_is_what_github_takes() -> None:
    assert complaints((ROOT / "action.yml").read_text(encoding="utf-8"), "github-actions") == []


@pytest.mark.parametrize("tool", PATHS)
def test_no_blank_is_left_and_no_secret_is_written(tool: str) -> None:
    text = written(tool, ODD)
    assert not BLANK.search(text)
    assert "a/b_c.yaml" in text and "shipway deploy" in text
    assert "AWS_SECRET_ACCESS_KEY" not in text and "AWS_ACCESS_KEY_ID" not in text


@pytest.mark.parametrize("tool", ["github", "gitlab", "argo-workflows"])
def test_words_stay_words_whatever_yaml_would_make_of_them(tool: str) -> None:
    found = YAML(typ="safe", pure=True).load(written(tool, Wishes(service="on", branch="null")))
    assert "'SERVICE': True" not in str(found) and "[None]" not in str(found)


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("tool", TOOLS)
def test_an_identity_comes_by_token_and_only_to_the_job_that_deploys(tool: str, cloud: str) -> None:
    found = YAML(typ="safe", pure=True).load(written(tool, Wishes(service="shop", cloud=cloud)))
    jobs = found["jobs"] if tool == "github" else found
    assert ("id-token" in str(jobs["deploy"])) or ("id_tokens" in jobs["deploy"])
    assert "id-token" not in str(jobs["plan"]) and "id_tokens" not in jobs["plan"]


@pytest.mark.parametrize("tool", PATHS)
def test_a_written_pipeline_deploys_by_itself_in_the_eyes_of_maturity(tool: str, tmp_path: Path) -> None:
    path = tmp_path / path_of(tool, "shop")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(written(tool, Wishes(service="shop")))
    [found] = pipelines(tmp_path)
    line = path.read_text().splitlines()[int(found.where.rpartition(":")[2]) - 1]
    assert found.is_automatic and "shipway deploy" in line


@pytest.mark.parametrize("tool", PATHS)
def test_a_required_checklist_is_gone_through_before_the_deploy(tool: str) -> None:
    text = written(tool, Wishes(service="shop", needs_checklist=True))
    assert [line.endswith("--release") for line in text.splitlines() if "shipway check " in line] == [True]
    assert "--release" not in written(tool, Wishes(service="shop"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shipway.yaml").write_text(RELEASE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_is_overwritten_without_being_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ci("github") == 0 == ci("github"), "the same once more changes nothing"
    assert "word for word" in capsys.readouterr().out
    path = folder / ".github" / "workflows" / "shipway-shop.yml"
    path.write_text("mine")
    with pytest.raises(ShipwayError, match="is there already") as refused:
        ci("github")
    assert refused.value.exit_code == Exit.REFUSED and path.read_text() == "mine"
    assert ci("github", where=Where(force=True)) == 0
    assert path.read_text() == written("github", Wishes(service="shop"))


def test_it_can_be_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ci", "gitlab", "--output", "-"]) == Exit.DONE
    assert capsys.readouterr().out == written("gitlab", Wishes(service="shop"))
    assert not (folder / ".gitlab-ci.yml").exists()


@pytest.mark.parametrize(
    "where",
    [
        Where(branch='main"]'),
        Where(branch="a\nb"),
        Where(branch="$(id)"),
        Where(runner="a b"),
        Where(runner="a]"),
        Where(runner="'"),
    ],
    ids=repr,
)
def test_what_could_end_a_text_is_refused(folder: Path, where: Where) -> None:
    with pytest.raises(ShipwayError, match="cannot stand in a pipeline"):
        ci("jenkins", where=where)
    assert not (folder / "Jenkinsfile").exists()


def test_a_cloud_is_refused_where_no_file_can_give_its_identity(folder: Path) -> None:
    with pytest.raises(ShipwayError, match="nothing that jenkins can do"):
        ci("jenkins", cloud="aws")
