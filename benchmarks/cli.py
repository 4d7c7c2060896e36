"""How long a person waits for the shortest commands, against `python -c pass` in the same run.

Each figure is the median of ratios: one run of the command over one of bare Python right before it, so that
whatever else the machine does meets both.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec
from msgspec import Struct

from benchmarks.picture import Bar, Picture
from benchmarks.report import Figure, Report, Table, is_full, publish
from shipway.home import VARIABLE, Home
from shipway.model.plan import Plan, Stage, Stay
from shipway.model.policy import Limits
from shipway.model.revision import RevisionId
from shipway.model.route import Route
from shipway.model.share import TOTAL, Share
from shipway.model.view import RevisionView, RunView, View

VERSION_MAX, STATUS_MAX = 4.0, 12.0
PAIRS, PAIRS_FULL = 40, 200
TIMEOUT_SECONDS = 60.0


class Compared(Struct, frozen=True, kw_only=True):
    """A command beside bare Python; medians, in seconds."""

    bare: float
    seconds: float
    ratio: float
    """Median of the pairs' own ratios."""


def main(argv: Sequence[str] = ()) -> int:
    """Measure both, and publish."""
    pairs = PAIRS_FULL if is_full() else PAIRS
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        _write_view(home)
        environment = {**os.environ, VARIABLE: str(home.path)}
        version = _compared(["--version"], environment, pairs)
        status = _compared(["status", "checkout"], environment, pairs)
    return publish(_report(version, status, pairs))


def _report(version: Compared, status: Compared, pairs: int) -> Report:
    return Report(
        name="cli",
        claim="`shipway --version` takes at most 4 times, `shipway status` at most 12 times as long as an empty "
        "Python program in the same run.",
        figures=(
            Figure(value=version.ratio, target=VERSION_MAX, unit="x", what="--version", or_equal=True),
            Figure(value=status.ratio, target=STATUS_MAX, unit="x", what="status", or_equal=True),
        ),
        tables=(
            Table(
                title="Wall time of whole commands",
                columns=("command", "it takes", "python -c pass", "ratio", "target"),
                rows=(
                    _row("shipway --version", version, VERSION_MAX),
                    _row("shipway status checkout", status, STATUS_MAX),
                ),
            ),
        ),
        picture=Picture(
            title="Times an empty Python program",
            unit="x",
            bars=(
                Bar(label="shipway --version", value=version.ratio, is_ours=True),
                Bar(label="shipway status", value=status.ratio, is_ours=True),
                Bar(label="python -c pass", value=1.0),
            ),
            limit=STATUS_MAX,
        ),
        notes=(
            f"Medians of {pairs} pairs: one run of the command, with one of `python -c pass` right before it. The "
            "ratio is the median of the pairs' own ratios. `status` shows a canary under way, as the controller "
            "left it: the command asks no process and opens no store.",
        ),
    )


def _row(name: str, found: Compared, target: float) -> tuple[str, ...]:
    took, bare = f"{found.seconds * 1000:.0f} ms", f"{found.bare * 1000:.0f} ms"
    return name, took, bare, f"{found.ratio:.1f}x", f"<= {target:.0f}x"


def _compared(words: list[str], environment: dict[str, str], pairs: int) -> Compared:
    command = [str(Path(sys.executable).with_name("shipway")), *words]
    bare = [sys.executable, "-c", "pass"]
    _seconds(command, environment)
    both = [(_seconds(bare, environment), _seconds(command, environment)) for _ in range(pairs)]
    ratio = median(took / nothing for nothing, took in both)
    return Compared(
        bare=median(nothing for nothing, _ in both), seconds=median(took for _, took in both), ratio=ratio
    )


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True, timeout=TIMEOUT_SECONDS)
    return time.perf_counter() - began


def _write_view(home: Home) -> None:
    """A canary under way, as a controller leaves it."""
    path = home.status("checkout")
    path.parent.mkdir(parents=True)
    path.write_bytes(msgspec.json.encode(_view(time.time())))


def _view(now: float) -> View:
    stable, candidate = RevisionId("1.8.2-11111111"), RevisionId("1.9.0-22222222")
    stages = tuple(_stage(stable, candidate, share) for share in (0, 5, 25, 50, 100))
    plan = Plan(
        service="checkout",
        strategy="canary",
        base=stable,
        candidate=candidate,
        stages=stages,
        promoted=4,
        limits=Limits(replicas=4),
    )
    run = RunView(
        id=1,
        plan=plan,
        row=1,
        by="ana@build-7",
        started_at=now - 60,
        entered_at=now - 50,
        settled_at=now - 40,
        stays_until=now + 860,
        deadline_at=None,
    )
    return View(
        service="checkout",
        at=now,
        position=30,
        proven=stable,
        former=None,
        replicas=4,
        is_down=False,
        run=run,
        revisions=(
            _revision(stable, "1.8.2", "stable", Share(95_000)),
            _revision(candidate, "1.9.0", "candidate", Share(5_000)),
        ),
        address="http://127.0.0.1:8080",
    )


def _stage(stable: RevisionId, candidate: RevisionId, percent: int) -> Stage:
    share = Share(percent * 1000)
    return Stage(
        name=f"canary {percent}%",
        capacity={stable: 4, candidate: 1},
        route=Route(shares={stable: Share(TOTAL - share), candidate: share}),
        stay=Stay(bake=900.0, needs_evidence=True),
    )


def _revision(id: RevisionId, version: str, role: str, share: Share) -> RevisionView:
    return RevisionView(
        id=id,
        version=version,
        role=role,
        ready=4,
        running=4,
        wanted=4,
        share_lowest=share,
        share_highest=share,
        requests_per_second=95.0,
        error_rate=0.001,
        p50=0.012,
        p95=0.04,
        p99=0.08,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
