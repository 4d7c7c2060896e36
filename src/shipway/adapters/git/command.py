"""One git process: bounded in time and in what it may say, and nothing of the repository's own is run."""

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from shipway.adapters.git.failures import GitFailed, NoGit, NoRepository
from shipway.adapters.git.streams import Streams, TooMuch

SECONDS_MAX = 120.0
BYTES_MAX = 200_000_000
SAFE = (
    *("--no-pager", "--no-replace-objects", "--literal-pathspecs"),
    *("-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "diff.ignoreSubmodules=none"),
    *("-c", "submodule.recurse=false", "-c", "log.showSignature=false", "-c", "core.hooksPath=/dev/null"),
)
ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
}


class Running:
    """A git that was started. Several may run beside each other; each must be asked for its answer."""

    def __init__(self, folder: Path, words: Sequence[str], *, given: bytes | None = None) -> None:
        self.folder, self.words, self._given = folder, words, given
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        try:
            self._process = subprocess.Popen(
                ["git", *SAFE, *words],
                cwd=folder,
                env={**environment, **_kept(), **ENVIRONMENT},
                stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except FileNotFoundError as error:
            raise _missing(folder) from error
        except NotADirectoryError as error:
            raise _no_repository(folder) from error

    def answer(self) -> bytes:
        """What it printed. Raises `GitFailed` where it failed, said too much or took too long."""
        code, said, complaint = self.ended()
        if code:
            raise failed(self.folder, self.words, complaint)
        return said

    def ended(self) -> tuple[int, bytes, str]:
        """Its exit code, and what it printed on both streams."""
        try:
            said, complaint = Streams(self._process, self._given or b"", most=BYTES_MAX).exchanged(SECONDS_MAX)
        except subprocess.TimeoutExpired as error:
            raise failed(self.folder, self.words, f"it gave no answer in {SECONDS_MAX:.0f} s") from error
        except TooMuch as error:
            raise failed(self.folder, self.words, f"it printed more than {BYTES_MAX:,} bytes") from error
        finally:
            self.end()
        return self._process.returncode, said, complaint.decode(errors="replace").strip()

    def end(self) -> None:
        """Kill it, if it runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


def asked(folder: Path, *words: str, given: bytes | None = None) -> bytes:
    """What git prints. Raises `ShipwayError`."""
    return Running(folder, words, given=given).answer()


def failed(folder: Path, words: Sequence[str], complaint: str) -> GitFailed | NoRepository | NoGit:
    """The error that git's complaint means."""
    lines = [line for line in complaint.splitlines() if line.strip()]
    if "dubious ownership" in complaint:
        return NoGit(
            "Git does not trust this repository",
            where=str(folder),
            why="It belongs to another user.",
            fix=f"Run `git config --global --add safe.directory {folder}`, if you trust it.",
        )
    if "not a git repository" in complaint or "must be run in a work tree" in complaint:
        return _no_repository(folder)
    return GitFailed(
        f"`git {words[0]}` failed",
        where=str(folder),
        why=f"It said: {lines[-1][:200]}" if lines else "It said nothing.",
        fix="Try the same by hand; `git fsck` tells whether the repository is whole.",
    )


def _kept() -> dict[str, str]:
    """Where the user says that the repository lies elsewhere, as hooks of git do."""
    return {
        key: os.environ[key]
        for key in ("GIT_DIR", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM")
        if key in os.environ
    }


def _missing(folder: Path) -> NoGit | NoRepository:
    if not folder.is_dir():
        return _no_repository(folder)
    return NoGit(
        "There is no git here",
        where="PATH",
        why="A change is read from a git repository, by git itself.",
        fix="Install it: `apt-get install git`, `brew install git`.",
    )


def _no_repository(folder: Path) -> NoRepository:
    return NoRepository(
        "This is not a git repository",
        where=str(folder.absolute()),
        why="Neither the folder nor one above it has commits that could be compared.",
        fix="Change into your checkout, or name it: `--repository PATH`.",
    )
