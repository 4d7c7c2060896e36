"""What one SDK costs, in a process of its own and on one CPU.

`python -m benchmarks.flag_costs NAME PACKAGES FOLDER` prints it as JSON: PACKAGES has what peers import, FOLDER is
for their files. The reference is one hash and one comparison in a Python function, measured between the batches.
It counts with its call, the questions without that of the function that asks here.
"""

import gc
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from msgspec import Struct

from benchmarks.flag_peers import SDKS, USERS, Ask, Asked

BATCHES = 15
BATCH_SECONDS = 0.03
NOMINAL_NANOSECONDS = 135.0
"""What the reference takes on the machine for which the targets were written."""


class Costs(Struct, frozen=True, kw_only=True):
    """Nanoseconds per question, at nominal speed; and how many of a thousand users have the flag."""

    rollout: float
    rules: float
    on: int


def measure(asked: Asked) -> Costs:
    """Batches of questions, each with its reference right beside it; the median of their ratios."""
    on = [sum(bool(ask(user)) for user in asked.users) for ask in (asked.rollout, asked.rules)]
    assert all(200 <= count <= 300 for count in on), f"of 1,000 users {on} have the flags"
    rollout, rules = (_nominal(ask, asked.users) for ask in (asked.rollout, asked.rules))
    return Costs(rollout=rollout, rules=rules, on=on[0])


def _nominal(ask: Ask, users: Sequence[Any]) -> float:
    import mmh3

    hashed = mmh3.hash

    def reference(user: str) -> bool:
        return bool(hashed("salt:f:" + user, 0, False) < 1 << 30)

    rounds = max(1, round(BATCH_SECONDS / _seconds(ask, users, 1)))
    gc.disable()
    ratios = []
    for _ in range(BATCHES):
        before = _seconds(reference, USERS, 10) / 10
        asked = (_seconds(ask, users, rounds) - _seconds(_nothing, users, rounds)) / rounds
        after = _seconds(reference, USERS, 10) / 10
        bare = (before + after) / 2 - _loop_seconds()
        ratios.append(asked / bare)
    return median(ratios) * NOMINAL_NANOSECONDS


def _seconds(ask: Ask, users: Sequence[Any], rounds: int) -> float:
    """CPU seconds of this thread, with the loop."""
    began = time.thread_time()
    for _ in range(rounds):
        for user in users:
            ask(user)
    return time.thread_time() - began


def _nothing(user: object) -> None:
    """What calling a question through a function of this file takes by itself."""


def _loop_seconds() -> float:
    """A loop over the users that does nothing."""
    began = time.thread_time()
    for _ in range(10):
        for _user in USERS:
            pass
    return (time.thread_time() - began) / 10


def main(argv: Sequence[str]) -> int:
    """Measure one SDK on one CPU."""
    import logging
    import os

    name, packages, folder = argv
    sys.path.append(packages)
    logging.disable(logging.CRITICAL)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    costs = measure(SDKS[name](Path(folder)))
    print(json.dumps({"rollout": costs.rollout, "rules": costs.rules, "on": costs.on}), flush=True)
    os._exit(0)  # some SDKs have threads that end late


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
