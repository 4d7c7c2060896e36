"""How much of something, and of how much: events of requests, restarts of replica-seconds, bytes of looks."""

from msgspec import Struct

from shipway.model.metric import Reading


class Amount(Struct, frozen=True, array_like=True):
    """A value with what it came from; both only grow."""

    value: float = 0.0
    of: float = 0.0

    def and_(self, other: "Amount") -> "Amount":
        """Both together."""
        return Amount(self.value + other.value, self.of + other.of)

    def less(self, other: "Amount") -> "Amount":
        """What came since `other`."""
        return Amount(self.value - other.value, self.of - other.of)

    @property
    def rate(self) -> float:
        """0 where there is nothing."""
        return self.value / self.of if self.of else 0.0


class Pair(Struct, frozen=True, kw_only=True):
    """What one look found of both versions."""

    at: float
    seconds: float
    """Since the look before."""
    candidate: Amount
    stable: Amount


def growth(before: Reading, after: Reading, *, requests: float) -> Amount:
    """What cumulative values grew by; one that fell was restarted and counts from zero.

    Without a second query the revision's requests in the same time are what the value is a part of.
    """
    value = _grown(before.value, after.value)
    if after.of is None:
        return Amount(value, requests)
    return Amount(value, _grown(before.of or 0.0, after.of))


def _grown(before: float, after: float) -> float:
    return after - before if after >= before else after
