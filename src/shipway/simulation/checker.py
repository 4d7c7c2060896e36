"""Watches the true state of the simulated world at every change, and writes down each broken safety rule.

It knows nothing of the engine's reasons: only what users would meet. What a crash just took away excuses
for a while, since no controller can act before it sees.
"""

from collections.abc import Mapping

from msgspec import Struct

from shipway.model.action import Expose, SetRoute
from shipway.model.event import DriftAdopted, Event, Intended, Resized
from shipway.model.phase import Phase
from shipway.model.plan import Plan
from shipway.model.revision import RevisionId, SchemaRange
from shipway.model.route import Endpoint, Route
from shipway.model.service_kind import ServiceKind
from shipway.model.share import NONE, TOTAL, Share
from shipway.simulation.copies import Copy
from shipway.simulation.jobs import SimulatedJobs, Work
from shipway.simulation.platform import SimulatedPlatform
from shipway.simulation.timeline import Timeline
from shipway.simulation.traffic import Proxy, SimulatedTraffic, active

EXCUSE_SECONDS = 30.0
"""A replica that crashed this recently counts as if it were there."""
EXCUSE_STOP_SECONDS = 90.0
"""A stop that was right when it was asked for may arrive so late: the controller froze, the network was slow. No
proxy stands between it and those that fetch jobs, so a crash since then excuses it."""


class Violation(Struct, frozen=True):
    """A broken rule."""

    at: float
    rule: str
    what: str


class Lately:
    """A number that plans set, and those that it was a short while ago: effects of then may still be under way."""

    def __init__(self, first: float) -> None:
        self._values = [(float("-inf"), first)]

    def becomes(self, value: float, now: float) -> None:
        """From now on."""
        self._values.append((now, value))

    def in_force(self, now: float) -> list[float]:
        """Every value that held at some time in the last `EXCUSE_SECONDS`."""
        while len(self._values) > 1 and self._values[1][0] < now - EXCUSE_SECONDS:
            self._values.pop(0)
        return [value for _, value in self._values]


class Checker:
    """Hooked into the simulated ports."""

    def __init__(self, timeline: Timeline, platform: SimulatedPlatform, traffic: SimulatedTraffic) -> None:
        self.timeline, self.platform, self.traffic = timeline, platform, traffic
        self.violations: list[Violation] = []
        self._fulls, self._graces = Lately(1), Lately(30.0)
        self._promises = Lately(0)
        self._unavailable, self._is_promised = 0, False
        self.kind = ServiceKind.HTTP
        self.jobs: SimulatedJobs | None = None
        self.foreign_at = float("-inf")
        """When other hands last changed something."""
        self._wished: dict[str, Share] = {}
        """By flag: what was asked for last."""
        self.supports: Mapping[RevisionId, Mapping[str, SchemaRange]] = {}
        self.carries: Mapping[RevisionId, tuple[str, ...]] = {}
        traffic.on_change = self.proxy_changed
        platform.before_stop = self.replica_stops
        platform.before_end = self.replica_ends

    def knows(self, plan: Plan) -> None:
        """The rules' sizes come from the plan that runs; while two plans overlap, from the smaller."""
        self._unavailable = plan.limits.unavailable
        self._is_promised = plan.base is not None
        self._resized(plan.limits.replicas)
        self._graces.becomes(plan.limits.drain_grace, self.timeline.now())
        self.supports = {**self.supports, **plan.supports}
        self.carries = {**self.carries, **plan.carries}

    def _resized(self, replicas: int) -> None:
        """Before anything is proven, and while the service is down, nobody was promised that jobs get done."""
        full = max(1, replicas - self._unavailable)
        self._fulls.becomes(full, self.timeline.now())
        self._promises.becomes(full if replicas and self._is_promised else 0, self.timeline.now())

    @property
    def full(self) -> int:
        """Replicas that carry everything."""
        return int(min(self._fulls.in_force(self.timeline.now())))

    @property
    def grace(self) -> float:
        """How long a replica with requests in flight is waited for."""
        return min(self._graces.in_force(self.timeline.now()))

    def broke(self, rule: str, what: str) -> None:
        """Write a violation down."""
        self.violations.append(Violation(self.timeline.now(), rule, what))

    # Traffic and capacity

    def proxy_changed(self, proxy: Proxy, before: Route, endpoints: tuple[Endpoint, ...]) -> None:
        """A proxy took up a route or endpoints: what grew must be carried, what shrank must not starve."""
        if self._is_excused():
            return
        self._copies_are_welcome(proxy, before)
        self._all_are_warm(proxy)
        for revision, share in proxy.route.shares.items():
            carried = self._carried(proxy.active(revision), revision)
            grew = share > before.shares.get(revision, NONE) + 1
            if grew and before.shares and carried < self._needed(share) and not self._is_orphaned(before):
                self.broke("no traffic without capacity", f"{revision} got {share} on {carried} replicas")
            lost = self._carried(active(endpoints, revision), revision) > carried
            if lost and carried < self._needed(share):
                self.broke(
                    "no capacity goes while it works", f"{revision} with {share} is left {carried} replicas"
                )

    def _all_are_warm(self, proxy: Proxy) -> None:
        """A replica that was never ready, warmed up where that is wanted, gets no request."""
        for revision in proxy.route.shares:
            early = [
                c for c in self.platform.of(revision) if c.address in proxy.active(revision) and not c.was_ready
            ]
            if early:
                self.broke("no users before it is warm", f"{early[0].id} gets requests and was never ready")

    def _copies_are_welcome(self, proxy: Proxy, before: Route) -> None:
        """Copies begin only where somebody answers them."""
        mirror = proxy.route.mirror
        begins = mirror is not None and mirror != before.mirror
        if mirror and begins and not self._carried(proxy.active(mirror.revision), mirror.revision):
            self.broke("no copies into a black hole", f"{mirror.revision} got {mirror.share} with no replica")

    def replica_stops(self, copy: Copy) -> None:
        """A stop takes effect: nobody may miss the replica."""
        if self.kind == ServiceKind.WORKER:
            self._worker_stops(copy)
            return
        for proxy in self.traffic.proxies:
            share = proxy.route.shares.get(copy.revision, NONE)
            if share and copy.address in proxy.active(copy.revision) and copy.is_ready:
                self.broke("no capacity goes while it works", f"{copy.id} stopped while it receives {share}")
        waited = self.timeline.now() - (copy.draining_since or 0.0)
        if self.traffic.is_busy(copy.address) and waited < self.grace:
            self.broke("no capacity goes while it works", f"{copy.id} stopped with requests in flight")

    def replica_ends(self, copy: Copy) -> None:
        """Its process is gone: the job that it had in hand as it was told to stop is done."""
        left = copy.job_until - self.timeline.now()
        if left > 0:
            self.broke("no job is killed", f"{copy.id} ended {left:.1f} s before its job")

    def _worker_stops(self, copy: Copy) -> None:
        """Those that remain, of whatever revision, must be as many as the plan promised."""
        copies = self.platform.copies.values()
        left = sum(other.is_seen_ready and not other.is_ending for other in copies if other is not copy)
        promised = min(self._promises.in_force(self.timeline.now()))
        if copy.is_seen_ready and left < promised and not self._is_excused(seconds=EXCUSE_STOP_SECONDS):
            self.broke(
                "no capacity goes while it works", f"{copy.id} stopped: {left} workers are left of {promised}"
            )

    def _carried(self, addresses: set[str], revision: RevisionId) -> int:
        """Replicas among these addresses that answer, as far as anybody can tell."""
        return sum(copy.is_seen_ready and copy.address in addresses for copy in self.platform.of(revision))

    def _is_orphaned(self, before: Route) -> bool:
        """Whether a share had lost its home when this was asked for: then too little capacity is better than none.

        One that answers again only since a moment was still away then; of one whose machine is lost nobody knows.
        """
        return any(share and not self._answers(name) for name, share in before.shares.items())

    def _answers(self, revision: RevisionId) -> bool:
        return any(copy.is_seen_ready and not self._came_back_lately(copy) for copy in self.platform.of(revision))

    def _came_back_lately(self, copy: Copy) -> bool:
        since = self.timeline.now() - EXCUSE_SECONDS
        has_been_away = copy.crashed_at > float("-inf")
        return has_been_away and copy.ready_since is not None and copy.ready_since >= since

    def _needed(self, share: Share) -> int:
        return max(1, -(-(share - 1) * self.full // TOTAL)) if share else 0

    def _is_excused(self, *, seconds: float = EXCUSE_SECONDS) -> bool:
        """What a crash or other hands just did, no controller can have seen."""
        since = self.timeline.now() - seconds
        return self.foreign_at >= since or any(copy.crashed_at >= since for copy in self.platform.copies.values())

    def black_holes(self) -> set[RevisionId]:
        """Revisions that get traffic now and cannot answer, while another revision could."""
        ready = {copy.revision for copy in self.platform.copies.values() if copy.is_ready}
        return {name for name in self._serving() if name not in ready} if ready else set()

    # Flags and schema

    def flag_changed(self, flag: str, before: Share, after: Share) -> None:
        """Exposure grew: every revision that serves must carry the code."""
        if after <= before or self._is_excused() or after > self._wished.get(flag, TOTAL):
            return  # it shrank, or an effect came late that was taken back before
        for revision in self._serving():
            if flag not in self.carries.get(revision, ()):
                self.broke("a flag grows only on its code", f"{flag} rose to {after} while {revision} serves")

    def schema_changed(self, change: str, before: Phase, after: Phase) -> None:
        """A phase was reached: nobody that runs may be broken by it."""
        if after < before:
            self.broke("schema never goes back by itself", f"{change} from {before.label} to {after.label}")
        running: list[Copy | Work] = [*self.platform.copies.values(), *(self.jobs.running() if self.jobs else ())]
        for one in running:
            supported = self.supports.get(one.revision, {}).get(change)
            if supported and before <= supported.highest < after:
                self.broke("a revision serves only on its schema", f"{one.id} does not run on {after.label}")

    def _serving(self) -> set[RevisionId]:
        return {name for proxy in self.traffic.proxies for name, share in proxy.route.shares.items() if share}

    # The journal

    def journalled(self, events: tuple[Event, ...]) -> None:
        """An intent must never ask for shares that do not sum to the whole."""
        for event in events:
            if isinstance(event, Resized | DriftAdopted):
                self._resized(event.replicas)
            if isinstance(event, Intended) and isinstance(event.action, Expose):
                self._wished[event.action.flag] = event.action.share
            if isinstance(event, Intended) and isinstance(event.action, SetRoute):
                total = sum(event.action.route.shares.values())
                if total not in (0, TOTAL):
                    self.broke("shares sum to the whole", f"asked for {total}")
