"""Requirements, pyproject.toml, setup.cfg and the lock files of Python."""

import configparser
import json
import re
import tomllib
from collections.abc import Iterable

REQUIREMENT = re.compile(
    r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*([^;#\s][^;#]*?)?\s*(?:[;#\\].*)?$"
)


def requirements(text: str) -> dict[str, str]:
    """Lines of requirements; options and included files are not followed."""
    return _required(line for line in text.splitlines() if not line.lstrip().startswith(("-", "#")))


def pyproject(text: str) -> dict[str, str]:
    """Dependencies of the project, its extras and groups, and Poetry's."""
    data = _toml(text)
    project = _mapping(data.get("project"))
    lists = [project.get("dependencies"), *_mapping(project.get("optional-dependencies")).values()]
    lists += [*_mapping(data.get("dependency-groups")).values()]
    found = _required(line for one in lists if isinstance(one, list) for line in one if isinstance(line, str))
    poetry = _mapping(_mapping(data.get("tool")).get("poetry"))
    groups = [poetry, *map(_mapping, _mapping(poetry.get("group")).values())]
    for group in groups:
        for name, wanted in _mapping(group.get("dependencies")).items():
            if name != "python":
                found[_normal(name)] = (
                    str(_mapping(wanted).get("version", "")) if isinstance(wanted, dict) else str(wanted)
                )
    return found


def locked(text: str) -> dict[str, str]:
    """`poetry.lock`, `uv.lock` and `pdm.lock`: tables named package."""
    packages = _toml(text).get("package")
    if not isinstance(packages, list):
        return {}
    return {_normal(str(one["name"])): str(one.get("version", "")) for one in packages if "name" in _mapping(one)}


def pipfile_lock(text: str) -> dict[str, str]:
    """Pipenv's."""
    data = _mapping(json.loads(text))
    sections = (_mapping(data.get(name)) for name in ("default", "develop"))
    return {
        _normal(name): str(_mapping(one).get("version", "")) for part in sections for name, one in part.items()
    }


def setup_cfg(text: str) -> dict[str, str]:
    """`install_requires` and extras."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError("not an INI file") from error
    parts = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        parts += [value for _, value in parser.items("options.extras_require")]
    return _required(line for part in parts for line in part.splitlines())


def _required(lines: Iterable[str]) -> dict[str, str]:
    found = (REQUIREMENT.match(line) for line in lines)
    return {_normal(one[1]): (one[2] or "").replace(" ", "") for one in found if one}


def _normal(name: str) -> str:
    """As PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _toml(text: str) -> dict[str, object]:
    return tomllib.loads(text)


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
