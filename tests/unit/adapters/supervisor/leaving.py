"""A program with workers that outlive it: `python leaving.py FOLDER END WORKER…`. Standard library only.

Each worker's number is a line of FOLDER/workers. The program `stays` until it is killed, or `fails` at once. A
worker is `plain` or, joined by `+`, in a `session` of its own, `deaf` to SIGTERM, `untold` by its environment.
"""

import os
import signal
import sys
import time
from pathlib import Path

NAMES = Path(sys.argv[1]) / "workers"


def work(kind: set[str]) -> None:
    """Become a worker."""
    if "session" in kind:
        os.setsid()
    if "deaf" in kind:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with NAMES.open("a") as file:
        file.write(f"{os.getpid()}\n")
    os.execve("/bin/sleep", ["sleep", "1000"], {} if "untold" in kind else dict(os.environ))


before = len(NAMES.read_text().split()) if NAMES.exists() else 0
for worker in sys.argv[3:]:
    if not os.fork():
        work(set(worker.split("+")))
while not NAMES.exists() or len(NAMES.read_text().split()) < before + len(sys.argv[3:]):
    time.sleep(0.01)
if sys.argv[2] == "stays":
    print("all work", flush=True)
    signal.pause()
sys.exit(3)
