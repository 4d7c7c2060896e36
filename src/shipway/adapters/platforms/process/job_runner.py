"""Runs one job and leaves its end in a file: `python -I -S job_runner.py <directives.json>`.

The supervisor starts it in place of the job's command, so it works without a controller. It **claims** the job by
a file that can be made only once; whoever comes second, be it that a start was repeated, that the supervisor came
back after it was killed, or that the machine did, finds the claim and runs nothing. The command gets a process
group of its own. It is ended after its time limit, and with it whatever it left behind; if we are killed, the
kernel kills the command.

Only the standard library is imported, and few of its modules: every job pays for them.
"""

# ruff: noqa: PTH105, PTH108, PTH110
# pathlib would make every start slower.
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import NotRequired, TypedDict

NOT_STARTED = 127
"""As a shell says it of a command that cannot be run."""
WITHDRAWN = "withdrawn"
"""In a claim: whoever holds it promises that the job never begins."""
PR_SET_PDEATHSIG = 1
"""Of prctl(2)."""


class Directives(TypedDict):
    """What the runner is told."""

    argv: list[str]
    directory: str
    claim: str
    result: str
    time_limit: float
    stop_grace: float
    """Seconds from SIGTERM to SIGKILL."""
    account: NotRequired[list[int] | None]
    """As whom the command runs: numbers of the user, the group, then all groups. The runner stays who it is."""


class Claim(TypedDict):
    """That a job has begun."""

    pid: int
    at: float


class Result(TypedDict):
    """How it ended: a value of `model.job.Outcome`, and an exit code where the command gave one."""

    outcome: str
    exit_code: int | None
    at: float


def claim(path: str, content: str) -> bool:
    """Whether the job is ours now: at most one caller ever hears yes, and what it says is on the disk."""
    new = f"{path}.{os.getpid()}.{time.monotonic_ns()}"
    _write(new, content)
    try:
        os.link(new, path)
    except FileExistsError:
        return False
    finally:
        os.unlink(new)
    return True


def _write(path: str, content: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def finish(path: str, outcome: str, code: int | None) -> None:
    """Leave the end, whole."""
    result = Result(outcome=outcome, exit_code=code, at=time.time())
    _write(f"{path}.new", json.dumps(result))
    os.replace(f"{path}.new", path)


def _dies_with_us() -> None:
    """In the new process: killed by the kernel once its parent is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class _Job:
    """The command while it runs."""

    def __init__(self, told: Directives) -> None:
        self.told = told
        self.outcome = ""
        self.kill_at = float("inf")
        self.limit_at = time.monotonic() + told["time_limit"]
        signal.signal(signal.SIGTERM, lambda *_: self._end("stopped"))
        user, group, *groups = told.get("account") or (None, None)
        self.process = subprocess.Popen(
            told["argv"],
            cwd=told["directory"],
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=_dies_with_us,
            user=user,
            group=group,
            extra_groups=groups if user is not None else None,
        )

    def _end(self, outcome: str) -> None:
        """Ask it to end; only the first reason counts."""
        if not self.outcome:
            self.outcome, self.kill_at = outcome, time.monotonic() + self.told["stop_grace"]
            self._send(signal.SIGTERM)

    def _send(self, number: int) -> None:
        with suppress(ProcessLookupError, AttributeError):
            os.killpg(self.process.pid, number)

    def wait(self) -> tuple[str, int]:
        """How it ended, and with what; nothing of its group is left then."""
        code = None
        while code is None:
            now = time.monotonic()
            if now >= self.kill_at:
                self._send(signal.SIGKILL)
            elif now >= self.limit_at:
                self._end("timed out")
            following = self.limit_at if not self.outcome else max(self.kill_at, now + 0.1)
            with suppress(subprocess.TimeoutExpired):
                code = self.process.wait(min(1.0, max(0.01, following - now)))
        self._send(signal.SIGKILL)
        return self.outcome or ("ok" if code == 0 else "failed"), code


def run(told: Directives) -> int:
    """Run it, unless it was begun or withdrawn; the exit code is the command's."""
    if not claim(told["claim"], json.dumps(Claim(pid=os.getpid(), at=time.time()))):
        return _too_late(told)
    try:
        outcome, code = _Job(told).wait()
    except OSError as error:
        sys.stderr.write(f"shipway: cannot start {told['argv'][0]} in {told['directory']}: {error.strerror}\n")
        outcome, code = "failed", NOT_STARTED
    finish(told["result"], outcome, code)
    return code if code >= 0 else 128 - code


def _too_late(told: Directives) -> int:
    """A job that was begun and whose runner is gone has ended, and nobody knows how far it came."""
    with open(told["claim"], encoding="utf-8") as file:
        is_begun = file.read() != WITHDRAWN
    if is_begun and not os.path.exists(told["result"]):
        finish(told["result"], "interrupted", None)
    return 0


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as directives:
        sys.exit(run(json.load(directives)))
