"""What a file of dependencies pins or asks for: one reader for each form, by the file's name."""

import re
from collections.abc import Callable, Mapping

from shipway.assessment.dependencies import go, java, javascript, python, ruby
from shipway.assessment.patterns import matches, words

Read = Callable[[str], Mapping[str, str]]
READERS: tuple[tuple[tuple[str, ...], Read], ...] = (
    (("requirements*.txt", "requirements*.in", "constraints*.txt", "requirements/*.txt"), python.requirements),
    (("pyproject.toml",), python.pyproject),
    (("poetry.lock", "uv.lock", "pdm.lock"), python.locked),
    (("Pipfile.lock",), python.pipfile_lock),
    (("setup.cfg",), python.setup_cfg),
    (("package.json",), javascript.package),
    (("package-lock.json", "npm-shrinkwrap.json"), javascript.package_lock),
    (("yarn.lock",), javascript.yarn_lock),
    (("pnpm-lock.yaml",), javascript.pnpm_lock),
    (("go.mod",), go.go_mod),
    (("pom.xml",), java.pom),
    (("build.gradle", "build.gradle.kts"), java.gradle),
    (("Gemfile.lock",), ruby.gemfile_lock),
)
ASIDE = frozenset(
    {"dev", "develop", "test", "tests", "testing", "docs", "doc", "lint", "typing", "build", "ci", "style"}
)
LOCKS = re.compile(r"lock|shrinkwrap|constraints")


def reader(path: str) -> Read | None:
    """Who reads a file of that name. It raises `ValueError` where the text is not what the name says."""
    return next((read for patterns, read in READERS if matches(path, patterns)), None)


def is_lock(path: str) -> bool:
    """Whether it lists all that comes along, not only what was asked for."""
    return LOCKS.search(path.rsplit("/", 1)[-1]) is not None


def is_aside(path: str) -> bool:
    """Whether what it lists is not there when the application runs: `requirements/docs.txt`, examples."""
    return path.startswith("examples/") or not words(path.rsplit("/", 1)[-1]).isdisjoint(ASIDE)
