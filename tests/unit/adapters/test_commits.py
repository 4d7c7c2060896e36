"""Times of commits, from a real repository."""

import os
import subprocess
from pathlib import Path

import pytest

from shipway.adapters.commits import Commits

TIMES = [1_700_000_000, 1_700_000_100, 1_700_000_250, 1_700_000_400]


def git(folder: Path, *words: str, at: int = 0) -> str:
    dated = {"GIT_AUTHOR_DATE": f"{at} +0000", "GIT_COMMITTER_DATE": f"{at} +0000"}
    identity = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org"]
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *words],
        env={**os.environ, **dated},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    for number, at in enumerate(TIMES):
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", f"{number}", at=at)
        if number == 0:
            git(tmp_path, "tag", "-a", "v1.0", "-m", "annotated", at=at)
        if number == 2:
            git(tmp_path, "tag", "1.1")
    return tmp_path


def test_a_release_has_the_commits_since_the_one_before_it(repository: Path) -> None:
    commits = Commits(repository)
    assert sorted(commits.times("1.0", "1.1")) == TIMES[1:3]
    assert commits.times(None, "1.1") == (TIMES[2],), "the first release has its own commit"
    assert commits.times("0.9", "1.1") == (TIMES[2],), "as has one after a version that git does not know"


def test_a_hash_is_a_version_too(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    assert Commits(repository).times("1.1", head[:12]) == (TIMES[3],)


@pytest.mark.parametrize("version", ["9.9", "main", "HEAD", "--output=x", "deadbeefdeadbeef"])
def test_what_is_no_tag_and_no_hash_has_none(repository: Path, version: str) -> None:
    assert Commits(repository).times("1.0", version) == ()


def test_no_repository_knows_nothing(tmp_path: Path) -> None:
    assert Commits(tmp_path / "absent").times(None, "1.0") == ()
