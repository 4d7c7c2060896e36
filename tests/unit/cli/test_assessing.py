"""`shipway assess` as a whole, on a real repository."""

import json
from pathlib import Path

import pytest

from shipway.cli import main
from shipway.cli.render.paint import width
from shipway.cli.shell.assessing import Asked, assessed
from shipway.cli.shell.assessing_rules import rules_of
from shipway.errors import Exit, ShipwayError
from shipway.home import VARIABLE, Home
from shipway.model.risk import Risk
from shipway.spec.problems import InputErrors
from unit.adapters.git.repository import Repository
from unit.cli.golden import same

LONG = "src/" + "/".join(["a_rather_long_folder_name"] * 4) + "/payments.py"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "home"))
    made = Repository(tmp_path / "shop")
    monkeypatch.chdir(made.path)
    made.commit(
        "begin",
        {
            "src/cart.py": "x = 1\n" * 40,
            "requirements.txt": "django==4.2.1\nsix==1.16\n",
            "CODEOWNERS": "* @shop\n/src/auth/ @security\n",
        },
    )
    made.commit("old", {"src/cart.py": "x = 2\n" * 40})
    made.git("revert", "--no-edit", "HEAD")
    made.git("tag", "v1.0")
    return made


def change(repository: Repository) -> None:
    repository.commit(
        "feat: sign in",
        {
            "src/cart.py": "x = 3\n" * 90,
            "src/auth/token.py": "t = 1\n" * 60,
            LONG: "p = 1\n",
            "shop/migrations/0002_mail.py": "migrations.RunPython(fill)\n",
            "requirements.txt": "django==5.0\nsix==1.16\nstripe==9.1\n",
            "tests/test_cart.py": "assert 1\n" * 30,
            "README.md": "# Shop\n",
        },
    )


def test_the_verdict_its_reasons_and_their_files(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    change(repository)
    assert main(["assess", "v1.0..HEAD"]) == Exit.DONE
    lines = capsys.readouterr().out.splitlines()
    same("assess", lines)
    assert [line for line in lines if width(line) > 80] == []


def test_json_has_all_of_it(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    change(repository)
    assert main(["assess", "v1.0", "--json"]) == Exit.DONE
    data = json.loads(capsys.readouterr().out)
    assert (data["risk"], data["range"], data["commits"]) == ("critical", "v1.0..HEAD", 1)
    assert data["touches"] == ["data migration", "schema", "authentication", "payments"]
    assert {one["rule"] for one in data["reasons"]} == {
        *("touches", "size", "dependencies", "history", "owners", "commits")
    }
    assert data["owners"] == ["@security", "@shop"]
    assert data["sizes"]["tests"] == {"files": 1, "added": 30, "removed": 0}
    assert data["approach"]["needs"] == ["approval", "on-call", "off-peak", "team"]


def test_a_limit_is_an_exit_code(repository: Repository) -> None:
    repository.commit("docs", {"README.md": "# Shop\n"})
    assert main(["assess", "--at-most", "low"]) == Exit.DONE
    change(repository)
    assert main(["assess", "--at-most", "high"]) == Exit.REFUSED


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nope..HEAD"], "There is no revision `nope`"),
        (["--repository", "/"], "This is not a git repository"),
        (["--coverage", "src/cart.py", "HEAD~1"], "cart.py is no report of coverage"),
        (["--rules", "nothing.yaml", "HEAD~1"], "There is no nothing.yaml here"),
    ],
)
def test_bad_input_gets_four_lines(
    repository: Repository, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["assess", *words]) == Exit.INPUT
    told = capsys.readouterr().err
    assert said in told
    assert all(f"  {name}" in told for name in ("where", "why", "fix"))


def test_a_report_of_coverage_at_a_usual_place_is_read(repository: Repository, tmp_path: Path) -> None:
    repository.write(".gitignore", "coverage.xml\n")
    repository.commit("more", {"src/cart.py": "x = 1\n" * 40 + "y = 1\nz = 1\n"})
    repository.write("lcov.info", "SF:src/cart.py\nDA:41,1\nDA:42,0\nend_of_record\n")
    found = assessed(Home(tmp_path / "home"), Asked(repository=repository.path))
    assert "tests ran 50% of the changed lines, 1 of 2 (lcov.info)" in [
        one.sentence for one in found.assessment.reasons
    ]


RULES = """touches:
  payments: {words: [till], risk: critical}
  authentication: {risk: none}
  search: {paths: [src/search/], says: the search index}
kinds:
  generated: [gen/]
ignore: [old/]
size: {medium: 10, large: 20}
coverage: 80%
"""


def test_rules_of_ones_own_are_read_from_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".shipway").mkdir()
    (tmp_path / ".shipway" / "assess.yaml").write_text(RULES)
    rules = rules_of(None, tmp_path)
    assert (rules.lines_medium, rules.lines_large, rules.covered_least) == (10, 20, 0.8)
    assert "authentication" not in rules.touches
    assert (rules.touches["payments"].risk, "till" in rules.touches["payments"].words) == (Risk.CRITICAL, True)
    assert (rules.touches["search"].risk, rules.touches["search"].says) == (Risk.HIGH, "the search index")
    assert rules.kinds["generated"][0] == "gen/"
    assert rules.ignore == ("old/",)


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("toches: {}", ":1:1", "toches"),
        ("touches: {pay: {risk: huge}}", ":1:23", "huge"),
        ("size: {medium: 500, large: 5}", ":1:28", "large is smaller than medium"),
        ("- a", ":1:1", ""),
        ("a: [", ":1:", ""),
    ],
)
def test_rules_that_are_wrong_say_where(tmp_path: Path, text: str, where: str, said: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    with pytest.raises(InputErrors) as raised:
        rules_of(path, tmp_path)
    error: ShipwayError = raised.value.errors[0]
    assert where in error.where
    assert said in error.what
    assert error.fix
