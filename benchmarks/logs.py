"""What the time of each line costs: a service that prints much, under Shipway and under plain supervisord.

The same program prints at the same pace for the same time. Counted is the processor time of everything that runs:
the program itself, supervisord, and with Shipway the keeper of logs. Plain supervisord keeps no times at all.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import psutil
from msgspec import Struct

from benchmarks.picture import Bar, Picture
from benchmarks.report import Figure, Report, Table, is_full, publish
from shipway.adapters.replicas import log_files
from shipway.adapters.supervisor import Program, Supervisor

NAME = "logs"
LINES_PER_SECOND = 10_000
SECONDS, FULL_SECONDS = 6.0, 60.0
RATIO_MAX = 1.0
DELAY_MAX_SECONDS = 0.1
READ_LINES = 200_000
PRINTING = """
import os, sys, time
begun, done, pace = time.perf_counter(), 0, int(sys.argv[1])
while True:
    due = int((time.perf_counter() - begun) * pace) - done
    for number in range(due):
        os.write(1, b"%.6f GET /checkout/%07d 200 a line of about one hundred bytes, as services print them\\n"
            % (time.time(), done + number))
    done += due
    time.sleep(0.001)
"""
"""Line by line, unbuffered, at an even pace; each line says when it was written."""
PLAIN = """
[unix_http_server]
file={folder}/socket
[supervisord]
logfile={folder}/supervisord.log
pidfile={folder}/supervisord.pid
nodaemon=true
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:printing]
command={command}
redirect_stderr=true
stdout_logfile={folder}/printing.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""


class Cost(Struct, frozen=True, kw_only=True):
    """Processor seconds per second."""

    program: float
    around: float
    """Of what runs beside the program for it."""

    @property
    def both(self) -> float:
        """All that the machine spends."""
        return self.program + self.around


class Exactness(Struct, frozen=True, kw_only=True):
    """How far the times that we tell are from those that the program printed."""

    median: float
    p99: float
    lines_per_second: float
    """How fast they were read."""


def main(argv: Sequence[str] = ()) -> int:
    """Measure both, one after the other, and publish."""
    seconds = FULL_SECONDS if is_full() else SECONDS
    with tempfile.TemporaryDirectory(prefix="shipway-bench-") as folder:
        ours, exactness = under_shipway(Path(folder) / "ours", seconds)
        plain = under_supervisord(Path(folder), seconds)
    return publish(report(ours, plain, exactness))


def under_shipway(home: Path, seconds: float) -> tuple[Cost, Exactness]:
    """As each replica runs here."""
    supervisor = Supervisor(home)
    script = home.with_name("printing.py")
    script.write_text(PRINTING)
    log = home / "printing.log"
    command = f"{sys.executable} -I -S {script} {LINES_PER_SECOND}"
    try:
        asyncio.run(
            supervisor.put(Program(name="printing", command=command, directory=str(home.parent), log=str(log)))
        )
        cost = watched(int(supervisor.places.pid_file.read_text()), log, seconds)
    finally:
        asyncio.run(supervisor.shutdown(timeout_seconds=30.0))
    return cost, exactness(log)


def under_supervisord(folder: Path, seconds: float) -> Cost:
    """With its own pipes, files and rotation."""
    (folder / "printing.py").write_text(PRINTING)
    command = f"{sys.executable} -I -S {folder}/printing.py {LINES_PER_SECOND}"
    configuration = folder / "plain.conf"
    configuration.write_text(PLAIN.format(folder=folder, command=command))
    with running([sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)]) as pid:
        return watched(pid, folder / "printing.log", seconds)


@contextmanager
def running(command: Sequence[str]) -> Iterator[int]:
    """A process by its number; it is ended with all that it started."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process.pid
        finally:
            process.terminate()


def watched(supervisord: int, log: Path, seconds: float) -> Cost:
    """What it and its children use, from a second after the first line on."""
    until(lambda: log.exists() and log.stat().st_size > 0)
    time.sleep(1.0)
    begun, before = time.perf_counter(), spent(supervisord)
    time.sleep(seconds)
    after, took = spent(supervisord), time.perf_counter() - begun
    return Cost(program=(after[0] - before[0]) / took, around=(after[1] - before[1]) / took)


def spent(supervisord: int) -> tuple[float, float]:
    """Processor seconds of the program, and of supervisord with its other children."""
    found = [0.0, 0.0]
    for process in (parent := psutil.Process(supervisord), *parent.children(recursive=True)):
        times = process.cpu_times()
        found["printing.py" not in " ".join(process.cmdline())] += times.user + times.system
    return found[0], found[1]


def until(claim: Callable[[], bool]) -> None:
    """Wait until it is so; raises `TimeoutError` after half a minute."""
    deadline = time.monotonic() + 30.0
    while not claim():
        if time.monotonic() > deadline:
            raise TimeoutError("nothing was printed")
        time.sleep(0.02)


def exactness(log: Path) -> Exactness:
    """Each line's own time beside ours."""
    begun = time.perf_counter()
    lines = list(islice((line for part in log_files.parts(log) for line in log_files.lines(part)), READ_LINES))
    took = time.perf_counter() - begun
    apart = sorted(abs(line.at - float(line.text.split(" ", 1)[0])) for line in lines if " GET " in line.text)
    return Exactness(
        median=apart[len(apart) // 2], p99=apart[len(apart) * 99 // 100], lines_per_second=len(lines) / took
    )


def report(ours: Cost, plain: Cost, exact: Exactness) -> Report:
    """The claim, and both in numbers."""
    rows = [
        ("Shipway", ours),
        ("plain supervisord", plain),
    ]
    return Report(
        name=NAME,
        claim="Knowing when each line was written costs no more than plain supervisord, which does not know it.",
        figures=(
            Figure(
                value=ours.both / plain.both,
                target=RATIO_MAX,
                unit="x",
                what="plain supervisord's processor time",
                or_equal=True,
            ),
            Figure(value=exact.p99, target=DELAY_MAX_SECONDS, unit="s", what="between told and true, p99"),
        ),
        tables=(
            Table(
                title=f"A program that prints {LINES_PER_SECOND:,} lines a second, in cores",
                columns=("under", "program", "beside it", "together"),
                rows=tuple(
                    (name, f"{cost.program:.3f}", f"{cost.around:.3f}", f"{cost.both:.3f}") for name, cost in rows
                ),
            ),
            Table(
                title="The times that are told",
                columns=("", "seconds"),
                rows=(
                    ("median distance from the true one", f"{exact.median:.4f}"),
                    ("p99", f"{exact.p99:.4f}"),
                ),
                note=f"Read back at {exact.lines_per_second:,.0f} lines a second.",
            ),
        ),
        picture=Picture(
            title=f"{LINES_PER_SECOND:,} lines a second: processor time",
            unit="cores",
            bars=tuple(Bar(label=name, value=cost.both, is_ours=name == "Shipway") for name, cost in rows),
        ),
        notes=(
            "The same program under both, one after the other: each line is one write. Processor time is that of "
            "the program and of all that runs for it: supervisord and the keeper of logs.",
            "Under plain supervisord a line goes through a pipe, and supervisord writes it to the file. Under "
            "Shipway the program writes to the file, and the keeper only looks how long that is.",
        ),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
