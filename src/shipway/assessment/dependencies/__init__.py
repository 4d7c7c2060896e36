"""What a file of dependencies pins or asks for: one reader for each form, loaded when one of its files differs."""

from collections.abc import Callable, Mapping
from importlib import import_module

from shipway.assessment.patterns import matches, words

Read = Callable[[str], Mapping[str, str]]
READERS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("requirements*.txt", "requirements*.in", "constraints*.txt", "requirements/*.txt"),
        "python",
        "requirements",
    ),
    (("pyproject.toml",), "python", "pyproject"),
    (("poetry.lock", "uv.lock", "pdm.lock"), "python", "locked"),
    (("Pipfile.lock",), "python", "pipfile_lock"),
    (("setup.cfg",), "python", "setup_cfg"),
    (("package.json",), "javascript", "package"),
    (("package-lock.json", "npm-shrinkwrap.json"), "javascript", "package_lock"),
    (("yarn.lock",), "javascript", "yarn_lock"),
    (("pnpm-lock.yaml",), "javascript", "pnpm_lock"),
    (("go.mod",), "go", "go_mod"),
    (("pom.xml",), "java", "pom"),
    (("build.gradle", "build.gradle.kts"), "java", "gradle"),
    (("Gemfile.lock",), "ruby", "gemfile_lock"),
)
ALL = tuple(pattern for patterns, _, _ in READERS for pattern in patterns)
ASIDE = frozenset(
    {"dev", "develop", "test", "tests", "testing", "docs", "doc", "lint", "typing", "build", "ci", "style"}
)
LOCKS = ("lock", "shrinkwrap", "constraints")


def reader(path: str) -> Read | None:
    """Who reads a file of that name. It raises `ValueError` where the text is not what the name says."""
    if not matches(path, ALL):
        return None
    module, name = next((module, name) for patterns, module, name in READERS if matches(path, patterns))
    read: Read = getattr(import_module(f"{__name__}.{module}"), name)
    return read


def is_lock(path: str) -> bool:
    """Whether it lists all that comes along, not only what was asked for."""
    name = path.rsplit("/", 1)[-1]
    return any(word in name for word in LOCKS)


def is_aside(path: str) -> bool:
    """Whether what it lists is not there when the application runs: `requirements/docs.txt`, examples."""
    return path.startswith("examples/") or not words(path.rsplit("/", 1)[-1]).isdisjoint(ASIDE)
