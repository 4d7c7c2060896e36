"""A git repository for a test, with nobody's configuration."""

import os
import subprocess
from pathlib import Path

AS_SOMEBODY = {
    "GIT_AUTHOR_NAME": "Ana",
    "GIT_AUTHOR_EMAIL": "ana@example.org",
    "GIT_COMMITTER_NAME": "Ana",
    "GIT_COMMITTER_EMAIL": "ana@example.org",
    "GIT_AUTHOR_DATE": "2026-05-01T12:00:00+00:00",
    "GIT_COMMITTER_DATE": "2026-05-01T12:00:00+00:00",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class Repository:
    """One folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str, given: bytes | None = None) -> str:
        """What git says; an error fails the test."""
        environment = {**os.environ, **AS_SOMEBODY}
        words = ("-c", "protocol.file.allow=always", *words)
        done = subprocess.run(
            ["git", *words], cwd=self.path, env=environment, input=given, capture_output=True, timeout=120
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout.decode(errors="replace").strip()

    def write(self, path: str | bytes, content: str | bytes) -> None:
        """One file."""
        place = os.path.join(os.fsencode(self.path), os.fsencode(path))  # noqa: PTH118
        os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
        with open(place, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    def commit(self, subject: str, files: dict[str, str] | None = None) -> str:
        """All that is there; returns its name."""
        for path, content in (files or {}).items():
            self.write(path, content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", subject)
        return self.git("rev-parse", "HEAD")
