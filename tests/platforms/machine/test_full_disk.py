"""The disk of SHIPWAY_HOME becomes full in the middle of a release, under load; it is one that the kernel made."""

import subprocess
import sys
from pathlib import Path

import pytest

STORY = Path(__file__).with_name("full_disk.py")
TESTS = STORY.parents[2]
IN_SMALL_DISK = """
mount -t tmpfs -o size=200m none "$1" || exit 77
exec "$2" "$3" "$1" "$4"
"""
CANNOT_MOUNT = 77


def told(folder: Path, how: str) -> dict[str, str]:
    words = ["unshare", "--map-root-user", "--mount", "sh", "-c", IN_SMALL_DISK, "sh"]
    arguments = [str(folder), sys.executable, str(STORY), how]
    environment = {"PYTHONPATH": f"{TESTS}:{TESTS.parent}", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    try:
        done = subprocess.run(
            [*words, *arguments], env=environment, capture_output=True, text=True, timeout=300, check=False
        )
    except FileNotFoundError:
        pytest.skip("there is no `unshare` here")
    if done.returncode == CANNOT_MOUNT or "unshare failed" in done.stderr:
        pytest.skip("this kernel lets no user mount a file system")
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-4_000:]
    lines = [line.split(" ", 1) for line in done.stdout.splitlines() if line.count(" ") == 1]
    return dict(lines)


def test_while_it_is_full_nothing_is_decided_and_users_are_served_and_then_the_release_goes_on(
    tmp_path: Path,
) -> None:
    seen = told(tmp_path, "goes_on")
    assert seen == {"written": "0", "serves": "True", "outcome": "finished", "runs": "2", "lost": "0"}


def test_on_a_full_disk_a_release_is_still_taken_back(tmp_path: Path) -> None:
    seen = told(tmp_path, "taken_back")
    assert seen == {
        "reserve": "True",
        "full": "0",
        "outcome": "rolled-back",
        "recovered": "True",
        "filled": "True",
        "lost": "0",
    }
