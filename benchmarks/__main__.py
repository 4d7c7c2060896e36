"""Runs the benchmarks: `python -m benchmarks [NAME…]`, all of them without a name.

Each is a process of its own, so that none warms up another. The closing summary repeats each one's last line;
the exit code is 1 when one is short, fails or is missing, 2 for an unknown name.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from benchmarks.report import DOCS, is_full, made

NAMES = (
    "lost_requests",
    "one_machine_wide",
    "data_plane",
    "take_back",
    "detection",
    "evidence",
    "latency",
    "custom_metrics",
    "verdict",
    "simulator",
    "controller_scale",
    "logs",
    "cli",
    "flags",
    "flag_server",
    "schema",
    "assess",
    "docker",
    "kubernetes",
)
"""In the order of the claims; a new one is a name here and a file beside this one."""
FOLDER = Path(__file__).parent
SECONDS_MAX, FULL_SECONDS_MAX = 2400.0, 5400.0
"""By when a script is ended, whatever it waits for."""
ENDING_SECONDS = 10.0
"""What a script gets to clean up when it is ended."""


class Result(Struct, frozen=True, kw_only=True):
    """What became of one script."""

    name: str
    line: str
    is_met: bool
    output: str = ""
    seconds: float = 0.0


def main(argv: Sequence[str]) -> int:
    """Run them one after the other."""
    unknown = [name for name in argv if name not in NAMES]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}.\nKnown are {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    results = [_run(name) for name in argv or NAMES]
    print(f"\n{summary(results)}")
    return 0 if all(result.is_met for result in results) else 1


def summary(results: Sequence[Result]) -> str:
    """Every last line again, with a sign."""
    lines = (f"{'✓' if result.is_met else '✗'} {result.line}  ({result.seconds:.0f} s)" for result in results)
    return "\n".join(("Summary", "", *lines))


def _run(name: str) -> Result:
    if not (FOLDER / f"{name}.py").exists():
        return Result(name=name, line=f"{name}: missing, there is no benchmarks/{name}.py, short", is_met=False)
    print(f"\n=== {name} ===", flush=True)
    began = time.time()
    output, code = _output([sys.executable, "-m", f"benchmarks.{name}"])
    result = judged(name, output, code=code, seconds=time.time() - began)
    _keep_page(result, since=began)
    return result


def judged(name: str, output: str, *, code: int, seconds: float) -> Result:
    """What a script's output and exit code mean; without its last line it has failed."""
    lines = output.rstrip().splitlines()
    line = lines[-1] if lines else ""
    if not (line.startswith(f"{name}: ") and line.endswith((", met", ", short"))):
        line = f"{name}: failed with exit code {code}, short"
    return Result(
        name=name, line=line, is_met=code == 0 and line.endswith(", met"), output=output, seconds=seconds
    )


def _output(command: Sequence[str]) -> tuple[str, int]:
    """What the script prints, shown as it comes; it and its children are ended when it takes too long."""
    script = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True, cwd=FOLDER.parent
    )
    limit = threading.Timer(FULL_SECONDS_MAX if is_full() else SECONDS_MAX, _end, (script,))
    limit.start()
    lines = []
    try:
        assert script.stdout is not None
        for line in script.stdout:
            print(line, end="", flush=True)
            lines.append(line)
        return "".join(lines), script.wait()
    finally:
        limit.cancel()
        _end(script)


def _end(script: "subprocess.Popen[str]") -> None:
    """First politely, so that it ends what it started."""
    if script.poll() is not None:
        return
    script.send_signal(signal.SIGINT)
    try:
        script.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(script.pid, signal.SIGKILL)


def _keep_page(result: Result, *, since: float) -> None:
    """The page of a script that writes none itself is what it printed."""
    page = DOCS / f"{result.name}.md"
    if "failed" in result.line or (page.exists() and page.stat().st_mtime >= since):
        return
    DOCS.mkdir(parents=True, exist_ok=True)
    title = result.name.replace("_", " ").capitalize()
    page.write_text(f"# {title}\n\n```text\n{result.output.strip()}\n```\n\nMeasured on {made(result.name)}.\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
