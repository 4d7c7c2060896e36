"""How fast this machine is just now, so that an absolute time can be judged as a ratio.

The reference operation turns a fixed document into JSON and back, with the standard library. It is one thread
of interpreter work, like what it is compared with.
"""

import json
import time
from collections.abc import Callable
from statistics import median

from msgspec import Struct

ROUND_TRIPS = 200
DOCUMENT = {
    "service": "checkout",
    "stages": [{"name": f"canary {share}%", "share": share * 1000, "bake": 900.5} for share in range(100)],
    "notes": {f"key-{number}": f"value {number}" * 3 for number in range(100)},
}
NOMINAL_SECONDS = 0.03
"""What the reference operation takes on the machine for which the absolute targets were written. There they are
plain seconds; everywhere else they mean the ratio to this operation."""


class Timed(Struct, frozen=True, kw_only=True):
    """CPU seconds of one thread: medians over the rounds."""

    seconds: float
    reference: float
    ratio: float
    """The median of the rounds' own ratios: each round has its reference right beside it."""

    @property
    def nominal(self) -> float:
        """The seconds that it would take where the reference takes `NOMINAL_SECONDS`."""
        return self.ratio * NOMINAL_SECONDS


def reference_seconds() -> float:
    """CPU seconds of one reference operation."""
    began = time.process_time()
    for _ in range(ROUND_TRIPS):
        json.loads(json.dumps(DOCUMENT))
    return time.process_time() - began


def timed(work: Callable[[], object], *, rounds: int) -> Timed:
    """Work, each time beside the reference operation; the first round only warms up."""
    pairs = [_pair(work) for _ in range(rounds + 1)][1:]
    return Timed(
        seconds=median(seconds for seconds, _ in pairs),
        reference=median(reference for _, reference in pairs),
        ratio=median(seconds / reference for seconds, reference in pairs),
    )


def _pair(work: Callable[[], object]) -> tuple[float, float]:
    before = reference_seconds()
    began = time.process_time()
    work()
    seconds = time.process_time() - began
    return seconds, (before + reference_seconds()) / 2
