"""How `guard.false_rollback` is divided between the tests of one run, so that all together keep it."""

from msgspec import Struct

ERRORS, LATENCY, REST = 0.5, 0.3, 0.2
"""Parts of the error comparison, the latency comparison, and everything else together."""


class Promise(Struct, frozen=True, kw_only=True):
    """The most that each test may be wrong, as probabilities over the whole run."""

    errors: float
    latency: float
    """0 where latency is not compared."""
    each: float
    """Of each other test: an absolute limit, a metric. 0 where there is none."""


def divided(total: float, *, has_latency: bool, others: int) -> Promise:
    """The promise by test. What a test that is not there would have had goes to the others, in proportion."""
    latency, rest = LATENCY if has_latency else 0.0, REST if others else 0.0
    unit = total / (ERRORS + latency + rest)
    return Promise(errors=ERRORS * unit, latency=latency * unit, each=rest * unit / others if others else 0.0)
