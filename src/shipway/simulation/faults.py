"""What can go wrong in the simulated world, as values. Seconds, probabilities and multiples."""

from msgspec import Struct


class Network(Struct, frozen=True, kw_only=True):
    """How effects travel from a controller to the world."""

    delay: float = 0.05
    """The usual time until an effect is applied."""
    late: float = 0.0
    """Probability that an effect takes up to `late_seconds`."""
    late_seconds: float = 15.0
    lost: float = 0.0
    """Probability that an effect is accepted and never applied."""
    error: float = 0.0
    """Probability that the caller gets an error; half of these effects are applied all the same."""


class Code(Struct, frozen=True, kw_only=True):
    """How one revision behaves."""

    start: float = 2.0
    """Seconds until a new replica answers."""
    start_spread: float = 0.0
    """Up to so many seconds more, by chance."""
    error_rate: float = 0.001
    latency: float = 0.05
    """Median seconds of an answer."""
    metrics_times: float = 1.0
    """How many times as bad what people measure beside requests is."""
    warms: float = 0.0
    """Seconds for which a new replica is warmed up before it is ready for the first time."""
    stays_cold: bool = False
    """Whether that fails."""
    crash_every: float = 0.0
    """Mean seconds between crashes of one replica; 0: never."""
    ill_every: float = 0.0
    """Mean seconds from being ready until its health fails while it serves; 0: never."""
    ill_seconds: float = 20.0
    """For how long: it is not started again."""
    crashes_at_start: bool = False
    never_ready: bool = False
    job_seconds: float = 3.0
    """Of a scheduled job, in the mean; half as long at least, and half as long again at most."""
    prepare: float = 0.0
    """Seconds that its preparation takes."""
    prepare_fails: bool = False


class Bursts(Struct, frozen=True, kw_only=True):
    """Each replica fails `times` as often for about `seconds`, after gaps of about `gap_seconds`."""

    times: float = 10.0
    seconds: float = 15.0
    gap_seconds: float = 600.0


class Controllers(Struct, frozen=True, kw_only=True):
    """What happens to those who hold the pen."""

    count: int = 1
    die: float = 0.0
    """Probability per journal write or effect that the controller dies there; another takes over."""
    freeze: float = 0.0
    """Probability per effect that it sleeps just before it, longer than its lease."""
    freeze_seconds: float = 40.0


class Blackout(Struct, frozen=True, kw_only=True):
    """A port that does not answer when it is looked at."""

    port: str
    """`platform`, `traffic`, `jobs`, `flags` or `database`."""
    start: float
    end: float


class Outage(Struct, frozen=True, kw_only=True):
    """A machine that does not answer."""

    start: float
    end: float
    machine: int
    answers: bool
    """Whether what runs there still answers its users: a cable, or whoever vouches for it, is away alone."""


class Faults(Struct, frozen=True, kw_only=True):
    """Everything at once. After `until` nothing goes wrong any more, but what is under way."""

    network: Network = Network()
    controllers: Controllers = Controllers()
    proxies: int = 1
    proxy_lag: float = 0.05
    """Up to so many seconds until a proxy runs a new configuration."""
    crash: float = 0.0
    """Crashes of any replica per second and replica."""
    metrics_gone_from: float = float("inf")
    metrics_gone_to: float = float("inf")
    foreign_writes: tuple[float, ...] = ()
    """Instants at which other hands rewrite the route."""
    foreign_scales: tuple[tuple[float, int], ...] = ()
    """When other hands have how many replicas more, or fewer, of what runs."""
    autoscales: tuple[tuple[float, int], ...] = ()
    """When an autoscaler adds how many replicas to a revision: in turn to the one that serves and the newer."""
    kill_stable_at: float = float("inf")
    """When every replica of the stable revision stops answering for good."""
    blackouts: tuple[Blackout, ...] = ()
    outages: tuple[Outage, ...] = ()
    orphaned_at: float = float("inf")
    """When whatever keeps replicas alive dies: they go on working, but nobody restarts them any more."""
    since: float = 0.0
    """Controllers neither die nor freeze before."""
    until: float = float("inf")
