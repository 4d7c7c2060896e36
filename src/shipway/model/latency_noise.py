"""What is known of how a service's slow requests cluster, and what the comparison of latency does about it."""

from msgspec import Struct

from shipway.model.noise import Noise


class LatencyNoise(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The default is for a service of which nothing is known."""

    sigmas: float = 2.0
    """A block counts no more slow candidate requests than the stable version's make likely to this many standard
    deviations, …"""
    late_sigmas: float = 1.25
    """… or to so many since a late start, which has no good past that a burst would have to outweigh."""
    block_seconds: float = 4.0
    """The least length of a block."""
    extra_nats: tuple[tuple[float, ...], ...] = ()
    """What the threshold is higher by: for each of `WORSE_BY`, by stage in the order in which they begin."""

    def extra(self, kind: int, order: int) -> float:
        """Of stage `order`, from 0; the last known one's beyond."""
        if not self.extra_nats:
            return 0.0
        by_stage = self.extra_nats[kind]
        return by_stage[min(order, len(by_stage) - 1)]

    @property
    def from_beginning(self) -> Noise:
        """What a block counts in the comparison over the whole run, …"""
        return Noise(sigmas=self.sigmas)

    @property
    def since_start(self) -> Noise:
        """… and since a late start."""
        return Noise(sigmas=self.late_sigmas)


CALM = LatencyNoise()
STEADY = LatencyNoise(sigmas=2.5, late_sigmas=2.0)
"""That of a service whose past has no bursts of one replica alone: what is slow may count for more."""
