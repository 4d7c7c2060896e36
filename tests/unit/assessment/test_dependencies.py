"""What each form of file says of dependencies, and what a difference of two weighs."""

import pytest

from shipway.assessment.dependencies import reader
from shipway.model.risk import Risk
from unit.assessment.changes import judged, sentences, texts

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><properties><s>6.1</s></properties><dependencies>
<dependency><groupId>org.spring</groupId><artifactId>core</artifactId><version>${s}</version></dependency>
</dependencies></project>"""
READ = [
    (
        "requirements.txt",
        "-r a.txt\nDjango[argon2]>=4.2 ; python_version > '3'\n# x\nsix\n",
        {"django": ">=4.2", "six": ""},
    ),
    ("requirements.txt", "a==1 \\\n    --hash=sha256:00\n", {"a": "==1"}),
    (
        "pyproject.toml",
        '[project]\ndependencies = ["a>=1"]\n[dependency-groups]\ndev = ["B_c"]',
        {"a": ">=1", "b-c": ""},
    ),
    ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3"\na = "^1"', {"a": "^1"}),
    ("poetry.lock", '[[package]]\nname = "A"\nversion = "1.0"', {"a": "1.0"}),
    ("uv.lock", 'version = 1\n[[package]]\nname = "a"\nversion = "1.0"', {"a": "1.0"}),
    ("Pipfile.lock", '{"default": {"a": {"version": "==1"}}}', {"a": "==1"}),
    ("setup.cfg", "[options]\ninstall_requires =\n  a>=1\n  b", {"a": ">=1", "b": ""}),
    ("package.json", '{"dependencies": {"a": "^1"}, "devDependencies": {"b": "2"}}', {"a": "^1", "b": "2"}),
    (
        "package-lock.json",
        '{"packages": {"": {"version": "1"}, "node_modules/a/node_modules/@x/b": {"version": "2.0.0"}}}',
        {"@x/b": "2.0.0"},
    ),
    ("package-lock.json", '{"dependencies": {"a": {"version": "1.0.0"}}}', {"a": "1.0.0"}),
    (
        "yarn.lock",
        '# yarn\n\n"@x/a@^1", "@x/a@^2":\n  version "2.1.0"\n\nb@1:\n  version "1.0"\n',
        {"@x/a": "2.1.0", "b": "1.0"},
    ),
    (
        "pnpm-lock.yaml",
        "packages:\n\n  '@x/a@1.2.0':\n    r: {}\n  /b@2.0.0:\n    r: {}\n",
        {"@x/a": "1.2.0", "b": "2.0.0"},
    ),
    (
        "go.mod",
        "module a.b/c\nrequire a.org/x v1.2.3\nrequire (\n\tb.org/y/v2 v2.0.0 // indirect\n)\n",
        {"a.org/x": "v1.2.3", "b.org/y/v2": "v2.0.0"},
    ),
    ("pom.xml", POM, {"org.spring:core": "6.1"}),
    ("build.gradle", "implementation 'a.b:c:1.0'", {"a.b:c": "1.0"}),
    ("Gemfile.lock", "GEM\n  specs:\n    rails (7.1.0)\n      rack (>= 2)\n", {"rails": "7.1.0"}),
]


@pytest.mark.parametrize(("name", "text", "found"), READ)
def test_a_file_is_read(name: str, text: str, found: dict[str, str]) -> None:
    read = reader(name)
    assert read is not None
    assert read(text) == found


@pytest.mark.parametrize("text", ["a.b" + "/a" * 5000 + " x", "a." * 30_000 + " x", "\n" * 300_000])
def test_a_go_mod_that_leads_nowhere_ends(text: str) -> None:
    read = reader("go.mod")
    assert read is not None
    assert read(f"require {text}\nrequire a.org/x~y/v2 v2.0.0\n") == {"a.org/x~y/v2": "v2.0.0"}


def test_another_major_version_of_what_was_asked_for_is_medium() -> None:
    found = judged(texts("requirements.txt", "django==4.2\nsix==1.16\n", "django==5.0\nsix==1.17\n"))
    assert sentences(found, "dependencies") == [(Risk.MEDIUM, "2 dependencies differ, 1 by another major version")]
    assert found.reasons[0].details == (
        "django 4.2 → 5.0, another major version",
        "six 1.16 → 1.17",
    )


def test_a_patch_is_low_and_what_is_new_is_medium() -> None:
    assert judged(texts("go.mod", "require a.org/x v1.2.3", "require a.org/x v1.2.4")).risk == Risk.LOW
    assert judged(texts("package.json", "{}", '{"dependencies": {"left-pad": "1"}}')).risk == Risk.MEDIUM


def test_below_1_the_second_number_is_the_major_one() -> None:
    assert judged(texts("go.mod", "require a.org/x v0.2.3", "require a.org/x v0.3.0")).risk == Risk.MEDIUM


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package.json", "{"),
        ("pyproject.toml", "= 1"),
        ("pom.xml", '<!DOCTYPE x [<!ENTITY a "b">]><project/>'),
        ("pom.xml", "<project>"),
        ("package-lock.json", "[" * 100_000),
    ],
)
def test_what_cannot_be_read_is_said(name: str, text: str) -> None:
    found = judged(texts(name, "{}" if name.endswith("json") else "", text))
    assert sentences(found, "dependencies") == [
        (Risk.MEDIUM, "dependencies changed in a file that cannot be read")
    ]


def test_what_only_developers_install_is_low() -> None:
    found = judged(texts("requirements/docs.txt", "sphinx==7.2\n", "sphinx==8.1\n"))
    assert sentences(found, "dependencies") == [(Risk.LOW, "a dependency differs, 1 by another major version")]
