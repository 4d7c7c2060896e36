"""A disk that is really full: a tiny file system of its own, where the kernel lets a user mount one."""

import subprocess
import sys
from pathlib import Path

import pytest

WRITER = Path(__file__).with_name("writer.py")
IN_TINY_DISK = """
mount -t tmpfs -o size={size} none "$1" || exit 77
head -c {ballast} /dev/zero > "$1/ballast"
exec "$2" "$3" "$1" checkout "$4"
"""
CANNOT_MOUNT = 77


def run_in_tiny_disk(home: Path, how: str, *, size: str, ballast: str) -> subprocess.CompletedProcess[str]:
    script = IN_TINY_DISK.format(size=size, ballast=ballast)
    words = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    arguments = [str(home), sys.executable, str(WRITER), how]
    try:
        done = subprocess.run([*words, *arguments], capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        pytest.skip("there is no `unshare` here")
    if done.returncode == CANNOT_MOUNT or "unshare failed" in done.stderr:
        pytest.skip("this kernel lets no user mount a file system")
    return done


def test_an_append_on_a_full_disk_writes_nothing_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    done = run_in_tiny_disk(tmp_path, "fill_the_disk", size="2m", ballast="1m")
    assert done.returncode == 0, done.stderr
    full, then = done.stdout.splitlines()
    _, _, length, _, holds = full.split()
    assert length == holds != "0" and then == "then 3"


def test_a_store_cannot_be_made_on_a_full_disk_and_the_error_says_so(tmp_path: Path) -> None:
    for size in ("4k", "32k", "64k", "96k"):
        done = run_in_tiny_disk(tmp_path, "come_and_go", size=size, ballast="4k")
        assert "failures.DiskFull: the disk is full" in done.stderr, (size, done.stdout, done.stderr)
