"""Released source archives of PyPI, fetched once on a machine, and known by their hashes."""

import hashlib
import subprocess
import sys
import tarfile
from pathlib import Path

from platforms.kept import alone, place

SECONDS = 600


def archive(project: str, version: str, sha256: str) -> Path:
    """The sdist; it is what it was when its change was reviewed, or the test fails."""
    with alone("sdists"):
        folder = place("sdists")
        folder.mkdir(exist_ok=True)
        found = _of(folder, project, version) or _fetched(folder, project, version)
    assert hashlib.sha256(found.read_bytes()).hexdigest() == sha256, f"{found.name} is another one"
    return found


def _of(folder: Path, project: str, version: str) -> Path | None:
    names = (project, project.replace("-", "_"))
    return next((path for name in names if (path := folder / f"{name}-{version}.tar.gz").exists()), None)


def _fetched(folder: Path, project: str, version: str) -> Path:
    """pip asks whatever index this machine has."""
    words = ["download", "--quiet", "--no-deps", "--no-binary", project, "--dest", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", *words, f"{project}=={version}"], check=True, timeout=SECONDS)
    found = _of(folder, project, version)
    assert found, f"pip fetched no archive of {project} {version}"
    return found


def unpacked(path: Path, into: Path) -> None:
    """The files of the archive, without the folder that it wraps them in."""
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            _, _, name = member.name.partition("/")
            if name and (member.isfile() or member.isdir()):
                archive.extract(member.replace(name=name, deep=False), into, filter="data")
