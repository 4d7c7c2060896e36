"""A long past costs no more than its newest part."""

import subprocess
import sys

import pytest

from platforms.assess.large_history import large
from shipway.adapters.git.reading import PAST_COMMITS, Reading
from shipway.adapters.git.revisions import ranged
from shipway.assessment.assess import assess
from shipway.model.risk import Risk
from unit.adapters.git.repository import Repository

COMMITS, CHANGED = 50_000, 500


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return large(tmp_path_factory.mktemp("large") / "shop", commits=COMMITS, changed=CHANGED)


def test_a_change_of_500_files_is_read_whole_and_its_past_within_a_bound(repository: Repository) -> None:
    assert repository.git("rev-list", "--count", "HEAD") == str(COMMITS)
    change = Reading(ranged(repository.path, None)).change(lambda path: False)
    assert (len(change.files), len(change.commits), len(change.past)) == (CHANGED, 1, PAST_COMMITS)
    assert change.past[0].subject == f"commit {COMMITS - 1}"
    found = assess(change)
    assert (found.risk, found.is_large) == (Risk.MEDIUM, True)


def test_a_range_of_all_commits_is_read_too(repository: Repository) -> None:
    change = Reading(ranged(repository.path, "HEAD~49999..HEAD")).change(lambda path: False)
    assert len(change.files) == 2_000
    assert change.past[-1].subject == "commit 1"


def test_the_command_needs_little_memory(repository: Repository) -> None:
    program = (
        "import sys\nfrom shipway.cli import main\nmain(['assess', '-C', sys.argv[1], '--json'])\n"
        "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "print(int(status['VmHWM'].split()[0]) // 1024, file=sys.stderr)"
    )
    words = [sys.executable, "-c", program, str(repository.path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)
    assert int(done.stderr.split()[-1]) < 150
