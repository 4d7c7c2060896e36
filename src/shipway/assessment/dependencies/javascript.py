"""package.json and the lock files of npm, Yarn and pnpm."""

import json
import re

SECTIONS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
YARN = re.compile(r'^"?(@?[^@\s"]+)@[^\n]*:\n\s+version:? "?([^"\n]+)"?$', re.MULTILINE)
PNPM = re.compile(r"^  '?/?(@?[^@'\s(]+)[@/]([0-9][^:('\s]*)", re.MULTILINE)


def package(text: str) -> dict[str, str]:
    """What was asked for."""
    data = _object(json.loads(text))
    sections = (_object(data.get(name)) for name in SECTIONS)
    return {name: str(wanted) for section in sections for name, wanted in section.items()}


def package_lock(text: str) -> dict[str, str]:
    """Both forms: `packages` by folder, and the older `dependencies`."""
    data = _object(json.loads(text))
    packages = _object(data.get("packages")) or _object(data.get("dependencies"))
    found = {}
    for path, one in packages.items():
        if path and (version := _object(one).get("version")):
            found[path.rsplit("node_modules/", 1)[-1]] = str(version)
    return found


def yarn_lock(text: str) -> dict[str, str]:
    """Yarn's own form, and that of Berry."""
    return {name: version.strip() for name, version in YARN.findall(text)}


def pnpm_lock(text: str) -> dict[str, str]:
    """The keys of `packages`."""
    return dict(PNPM.findall(text))


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
