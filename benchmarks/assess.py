"""What `shipway assess` takes beside git's `diff --numstat`, and `shipway plan` beside an empty Python.

Each figure is the median of pairs' own ratios or differences: whatever else the machine does meets both of a pair.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from msgspec import Struct

from benchmarks.picture import Bar, Picture
from benchmarks.report import Figure, Report, Table, is_full, publish
from shipway.home import VARIABLE

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))

from platforms.assess.large_history import large  # noqa: E402
from unit.adapters.git.repository import Repository  # noqa: E402

RATIO_MAX, PLAN_SECONDS_MAX = 5.0, 1.5
COMMITS, CHANGED = 50_000, 500
PAIRS, PAIRS_FULL = 15, 60
TIMEOUT_SECONDS = 120.0
SHIPWAY = str(Path(sys.executable).with_name("shipway"))
RELEASE = """service: shop
platform: {process: {command: "python -m http.server {port}", replicas: 4}}
strategy: auto
"""


class Pair(Struct, frozen=True, kw_only=True):
    """Seconds of a command, and of what it stands beside."""

    peer: float
    ours: float


def main(argv: Sequence[str] = ()) -> int:
    """Measure both, and publish."""
    pairs = PAIRS_FULL if is_full() else PAIRS
    with tempfile.TemporaryDirectory() as folder:
        repository = large(Path(folder) / "shop", commits=COMMITS, changed=CHANGED)
        home = _installed(Path(folder))
        words = ["HEAD~1..HEAD"]
        assessed = _pairs(
            ["git", "diff", "--numstat", *words], [SHIPWAY, "assess", *words], repository, home, pairs
        )
        repository.write("shipway.yaml", RELEASE)
        empty = [sys.executable, "-c", "pass"]
        planned = _pairs(empty, [SHIPWAY, "plan", "1.0"], repository, home, pairs)
    return publish(_report(assessed, planned, pairs))


def _installed(folder: Path) -> dict[str, str]:
    """An environment in which modules are compiled once, as they are where pip has installed them."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, VARIABLE: str(folder / "home"), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def _pairs(
    peer: list[str], ours: list[str], repository: Repository, environment: dict[str, str], count: int
) -> list[Pair]:
    """Both once before, so that files are in the cache."""
    for words in (peer, ours):
        _seconds(words, repository.path, environment)
    return [
        Pair(peer=_seconds(peer, repository.path, environment), ours=_seconds(ours, repository.path, environment))
        for _ in range(count)
    ]


def _seconds(words: list[str], folder: Path, environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        words, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True, timeout=TIMEOUT_SECONDS
    )
    return time.perf_counter() - began


def _report(assessed: list[Pair], planned: list[Pair], pairs: int) -> Report:
    ratio = median(pair.ours / pair.peer for pair in assessed)
    more = median(pair.ours - pair.peer for pair in planned)
    return Report(
        name="assess",
        claim="`shipway assess` of 500 changed files in 50,000 commits takes at most 5 times as long as "
        "`git diff --numstat` of the same range; `shipway plan` at most 1.5 s more than an empty Python program.",
        figures=(
            Figure(value=ratio, target=RATIO_MAX, unit="x", what="assess", or_equal=True),
            Figure(value=more, target=PLAN_SECONDS_MAX, unit="s", what="plan", or_equal=True),
        ),
        tables=(
            Table(
                title="Wall time of whole commands",
                columns=("command", "it takes", "beside", "takes", "it is", "target"),
                rows=(
                    _row("shipway assess", "git diff --numstat", assessed, f"{ratio:.1f}x", "<= 5x"),
                    _row("shipway plan", "python -c pass", planned, f"{more:.2f} s more", "<= 1.5 s more"),
                ),
            ),
        ),
        picture=Picture(
            title="Times git diff --numstat",
            unit="x",
            bars=(
                Bar(label="shipway assess", value=ratio, is_ours=True),
                Bar(label="git diff --numstat", value=1.0),
            ),
            limit=RATIO_MAX,
        ),
        notes=(
            f"Medians of {pairs} pairs, each of one run of either. The repository has {COMMITS:,} commits of one "
            f"file, and a last one of {CHANGED} files with 20 changed lines each, by `git fast-import`. The plan "
            "is of a first deployment by `strategy: auto`: the file is read, nothing is asked. Python's "
            "modules are compiled before, as `pip install` leaves them.",
            "An empty Python program takes half as long as git: a good part of the ratio is the start of Python. "
            "Git looks at the change while the rest is loaded, so a second processor shortens it.",
            *_undisturbed(),
        ),
    )


def _undisturbed() -> tuple[str, ...]:
    """Whether other work of the machine had to wait."""
    if os.sched_getscheduler(0) == os.SCHED_OTHER:
        return ()
    return (
        "The machine had other work, before which both commands of each pair ran: "
        "`chrt -f 5 make bench ONLY=assess`.",
    )


def _row(name: str, peer: str, found: list[Pair], verdict: str, target: str) -> tuple[str, ...]:
    ours, other = median(pair.ours for pair in found), median(pair.peer for pair in found)
    return name, f"{ours * 1000:.0f} ms", peer, f"{other * 1000:.0f} ms", verdict, target


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
