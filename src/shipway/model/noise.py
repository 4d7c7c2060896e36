"""What is known of how a service's errors cluster, and what the comparison does about it."""

import math

from msgspec import Struct


class Noise(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The default is that of independent errors."""

    sigmas: float | None = None
    """A block counts no more candidate errors than the stable version's make likely to this many standard
    deviations; none: it counts all."""
    block_seconds: float = 0.0
    """The least length of a block."""
    extra_nats: tuple[float, ...] = ()
    """What each stage's threshold is higher by, in the order in which stages begin."""
    lasting_nats: float = 0.0
    """What harm of a candidate that is alone has to last longer for."""
    is_learnt: bool = False
    """Whether the service's past taught it; if not, harm of a candidate that is alone has to last in any case."""

    def extra(self, order: int) -> float:
        """Of stage `order`, from 0; the last known one's beyond."""
        return self.extra_nats[min(order, len(self.extra_nats) - 1)] if self.extra_nats else 0.0

    def cap(self, requests: float, stable_requests: float, stable_errors: float) -> float:
        """The most candidate errors that a block counts."""
        if self.sigmas is None:
            return math.inf
        odds = requests / stable_requests
        likely = (stable_errors + 0.5) * odds
        return math.floor(1.0 + likely + self.sigmas * math.sqrt(likely * (1.0 + odds)))


QUIET = Noise()
"""Nothing is known."""
INDEPENDENT = Noise(is_learnt=True)
"""The past has shown that errors come independently."""
