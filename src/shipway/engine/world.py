"""What is, what may be and what is wanted, with the few questions that every step of converge asks.

An intent that nobody saw applied is a possible state: preconditions take the worst of what is observed
and what is pending.
"""

from collections.abc import Iterable, Iterator, Mapping

from shipway.engine.agenda import Agenda
from shipway.engine.once import once
from shipway.engine.state import Pending
from shipway.model.action import Action, Advance, Drain, Publish, Scale, SetRoute, Stop, key_of
from shipway.model.fleet import Fleet, Replica
from shipway.model.job import Job
from shipway.model.observed import Observed
from shipway.model.phase import Phase
from shipway.model.plan import Stage
from shipway.model.policy import Limits
from shipway.model.revision import RevisionId, SchemaRange
from shipway.model.route import Route
from shipway.model.routing import Routing
from shipway.model.schedule import Schedule
from shipway.model.service_kind import ServiceKind
from shipway.model.share import NONE, TOTAL, Share

FRESH_SECONDS = 2.0
"""An observation older than this is not acted on."""
NOBODY: frozenset[str] = frozenset()
TOLERANCE = 1
"""One unit of share forgives rounding in comparisons: a third of three replicas is one replica."""


class World:
    """One instant, one wish. Pure: built from values, never changed."""

    def __init__(
        self,
        observed: Observed,
        wanted: Stage,
        *,
        limits: Limits,
        pending: tuple[Pending, ...] = (),
        latest: Mapping[str, Pending] | None = None,
        is_going_back: bool = False,
    ) -> None:
        self.observed = observed
        self.wanted = wanted
        self.limits = limits
        self.pending = pending
        self.latest = latest or {}
        self.is_going_back = is_going_back
        self.supports: Mapping[RevisionId, Mapping[str, SchemaRange]] = {}
        self.carries: Mapping[RevisionId, tuple[str, ...]] = {}
        self.phases: Mapping[str, Phase] = {}
        """How far the schema was ever seen to be; what counts while the database is not looked at."""
        self.failures: Mapping[str, str] = {}
        """By key: what its port said the last time, where it has not done it since."""
        self.agenda = Agenda()
        self.schedule: Schedule | None = None
        """The one in force."""
        self.startable: tuple[RevisionId, ...] = ()
        """Revisions whose jobs may be started, where they are scheduled."""
        self.now = observed.at
        self._active: dict[RevisionId, tuple[Replica, ...]] = {}
        self._ready: dict[RevisionId, tuple[Replica, ...]] = {}
        self._steady: dict[RevisionId, tuple[Replica, ...]] = {}

    def knowing(
        self,
        supports: Mapping[RevisionId, Mapping[str, SchemaRange]],
        carries: Mapping[RevisionId, tuple[str, ...]],
        phases: Mapping[str, Phase],
    ) -> "World":
        """The same world with what the plan knows of its revisions, and the journal of the schema."""
        self.supports, self.carries, self.phases = supports, carries, phases
        return self

    def scheduling(self, agenda: Agenda, schedule: Schedule | None, startable: tuple[RevisionId, ...]) -> "World":
        """The same world with what is known of its jobs."""
        self.agenda, self.schedule, self.startable = agenda, schedule, startable
        return self

    def asking(self, actions: Iterable[Action]) -> "World":
        """The same world with these actions under way too."""
        new = (Pending(key=key_of(action), action=action, generation=0, at=self.now) for action in actions)
        world = World(
            self.observed,
            self.wanted,
            limits=self.limits,
            pending=(*self.pending, *new),
            latest=self.latest,
            is_going_back=self.is_going_back,
        )
        world.scheduling(self.agenda, self.schedule, self.startable)
        return world.knowing(self.supports, self.carries, self.phases)

    @property
    def has_traffic(self) -> bool:
        """Whether requests are sent to replicas; otherwise they fetch jobs, and routes say nothing."""
        return self.limits.kind == ServiceKind.HTTP

    @property
    def has_jobs(self) -> bool:
        """Whether nothing runs all the time: jobs are started at instants."""
        return self.limits.kind == ServiceKind.CRON

    @property
    def is_seen(self) -> bool:
        """Whether all dimensions that the service has were seen just now."""
        if self.has_jobs and self.observed.jobs is None:
            return False
        return self.fleet is not None and (self.routing is not None or not self.has_traffic)

    # What was seen

    @once
    def fleet(self) -> Fleet | None:
        """The replicas, if seen just now."""
        fleet = self.observed.fleet
        return fleet if fleet and self.now - fleet.at <= FRESH_SECONDS else None

    @once
    def routing(self) -> Routing | None:
        """The data plane, if seen just now."""
        routing = self.observed.routing
        return routing if routing and self.now - routing.at <= FRESH_SECONDS else None

    def replicas(self, revision: RevisionId) -> tuple[Replica, ...]:
        """Every replica of a revision, draining and stale ones too, but for those that are given up."""
        return tuple(replica for replica in self._by_revision.get(revision, ()) if not is_given_up(replica))

    def given_up(self, revision: RevisionId) -> tuple[Replica, ...]:
        """Those that were told to end, on a machine that does not answer. They may live; nobody waits for them."""
        return tuple(replica for replica in self._by_revision.get(revision, ()) if is_given_up(replica))

    @once
    def _by_revision(self) -> Mapping[RevisionId, tuple[Replica, ...]]:
        grouped: dict[RevisionId, tuple[Replica, ...]] = {}
        for replica in self.fleet.replicas if self.fleet else ():
            grouped[replica.revision] = (*grouped.get(replica.revision, ()), replica)
        return grouped

    @once
    def revisions(self) -> tuple[RevisionId, ...]:
        """All that run, may be started, serve, may serve or are wanted, in a fixed order."""
        named = {*self._by_revision, *self.wanted.capacity, *self.wanted.route.shares}
        named |= {revision for route in self.possible_routes for revision in route.shares}
        named |= {intent.action.revision for intent in self.pending if isinstance(intent.action, Scale)}
        named |= {job.revision for job in self.agenda.open if job.revision is not None}
        if self.agenda.revision is not None:
            named.add(self.agenda.revision)
        if self.routing:
            named |= set(self.routing.highest)
        return tuple(sorted(named))

    # What may be

    def _pending(self, key: str) -> Iterator[Action]:
        return (intent.action for intent in self.pending if intent.key == key)

    @once
    def possible_routes(self) -> tuple[Route, ...]:
        """Routes that were asked for and may come into force at any moment."""
        return tuple(action.route for action in self._pending("route") if isinstance(action, SetRoute))

    def highest(self, revision: RevisionId) -> Share:
        """The largest share that some proxy gives or may give to the revision. Who fetches jobs may get all."""
        if not self.has_traffic:
            return TOTAL if self._may_work(revision) else NONE
        seen = self.routing.highest.get(revision, NONE) if self.routing else TOTAL
        if not self.possible_routes:
            return seen
        return Share(max([seen, *(route.shares.get(revision, NONE) for route in self.possible_routes)]))

    def lowest(self, revision: RevisionId) -> Share:
        """The smallest share that some proxy gives, or may give, to the revision."""
        if not self.has_traffic:
            return NONE
        seen = self.routing.lowest.get(revision, NONE) if self.routing else NONE
        if not self.possible_routes:
            return seen
        return Share(min([seen, *(route.shares.get(revision, NONE) for route in self.possible_routes)]))

    def _may_work(self, revision: RevisionId) -> bool:
        """Whether replicas or jobs of it exist, or may come to exist by what is under way."""
        if self.has_jobs:
            return revision == self.agenda.revision or bool(self.jobs(revision))
        asked = self._pending(f"capacity:{revision}")
        return bool(self.replicas(revision) or self.given_up(revision)) or any(
            isinstance(action, Scale) and action.replicas for action in asked
        )

    def jobs(self, revision: RevisionId) -> tuple[Job, ...]:
        """Jobs of a revision that run, or may."""
        return tuple(job for job in self.agenda.open if job.generation and job.revision == revision)

    def names_users(self, revision: RevisionId) -> bool:
        """Whether chosen users or a mirror may still be sent to the revision."""
        routes = [*self.possible_routes]
        if self.routing and self.routing.confirmed:
            routes.append(self.routing.confirmed)
        return any(_names(route, revision) for route in routes)

    # Capacity

    @property
    def full(self) -> int:
        """Replicas that carry all traffic: what must serve even while replacing."""
        return max(1, self.limits.replicas - self.limits.unavailable)

    def needed(self, share: Share) -> int:
        """Replicas that carry a share: 5% of 4 is 1, half of 3 is 2."""
        if share <= NONE:
            return 0
        return max(1, -(-(share - TOLERANCE) * self.full // TOTAL))

    def carry(self, revision: RevisionId) -> Share:
        """The share that the revision's steady replicas carry."""
        steady = len(self.steady(revision))
        return TOTAL if steady >= self.full else Share(steady * TOTAL // self.full)

    def active(self, revision: RevisionId) -> tuple[Replica, ...]:
        """Replicas that are meant to work: not draining, and no drain of them is under way."""
        if revision not in self._active:
            leaving = self._leaving(revision)
            self._active[revision] = tuple(
                replica
                for replica in self.replicas(revision)
                if replica.draining_since is None and replica.id not in leaving
            )
        return self._active[revision]

    def _leaving(self, revision: RevisionId) -> frozenset[str]:
        """Replicas that a drain or stop still under way may take."""
        if not self.pending:
            return NOBODY
        return frozenset(
            name
            for action in self._pending(f"capacity:{revision}")
            if isinstance(action, Drain | Stop)
            for name in action.replicas
        )

    def stopping(self, revision: RevisionId) -> frozenset[str]:
        """Replicas that a stop still under way may end at any moment."""
        if not self.pending:
            return NOBODY
        return frozenset(
            name
            for action in self._pending(f"capacity:{revision}")
            if isinstance(action, Stop)
            for name in action.replicas
        )

    def ready(self, revision: RevisionId) -> tuple[Replica, ...]:
        """Active replicas that answer, and that every proxy knows."""
        if revision not in self._ready:
            self._ready[revision] = tuple(
                replica
                for replica in self.active(revision)
                if replica.alive and replica.ready and self._is_published(replica)
            )
        return self._ready[revision]

    def steady(self, revision: RevisionId) -> tuple[Replica, ...]:
        """Ready replicas that have been so for a while: the only ones that traffic may grow on."""
        if revision not in self._steady:
            since = self.now - self.limits.steady
            self._steady[revision] = tuple(
                replica
                for replica in self.ready(revision)
                if replica.ready_since is not None and replica.ready_since <= since
            )
        return self._steady[revision]

    @once
    def working(self) -> int:
        """Steady replicas of all revisions: those that fetch jobs, where replicas do that."""
        return sum(len(self.steady(revision)) for revision in self.revisions)

    @once
    def lingering(self) -> int:
        """Ready replicas that are marked to drain and that nobody may have told to stop: they fetch jobs too."""
        return sum(
            replica.ready and replica.draining_since is not None and replica.id not in self.stopping(revision)
            for revision in self.revisions
            for replica in self.replicas(revision)
        )

    def _is_published(self, replica: Replica) -> bool:
        """Whether every proxy sends to it: knows it, and does not find it ill itself."""
        if not self.has_traffic:
            return True
        published = self.routing.endpoints if self.routing else ()
        if self.routing and replica.address in self.routing.unhealthy:
            return False
        if published is None:
            return True
        if replica.address not in self._published:
            return False
        return not self._publishing or all(replica.address in addresses for addresses in self._publishing)

    @once
    def _published(self) -> frozenset[str]:
        endpoints = self.routing.endpoints if self.routing else ()
        return frozenset(endpoint.address for endpoint in endpoints or () if not endpoint.draining)

    @once
    def _publishing(self) -> tuple[frozenset[str], ...]:
        return tuple(
            frozenset(endpoint.address for endpoint in action.endpoints if not endpoint.draining)
            for action in self._pending("endpoints")
            if isinstance(action, Publish)
        )

    @property
    def is_publishing(self) -> bool:
        """Whether endpoints were told that not every proxy is known to have."""
        return bool(self._publishing)

    def may_receive(self, replica: Replica) -> bool:
        """Whether some proxy sends, or may come to send, new requests to the replica.

        While endpoints are under way the proxies differ: what one took up as draining another may still use.
        """
        if self.is_publishing and replica.address in self._known:
            return True
        return replica.address in self._published or any(
            replica.address in addresses for addresses in self._publishing
        )

    @once
    def _known(self) -> frozenset[str]:
        endpoints = self.routing.endpoints if self.routing else ()
        return frozenset(endpoint.address for endpoint in endpoints or ())

    @property
    def total(self) -> int:
        """Replicas of all revisions that exist, but for those that are given up."""
        return sum(not is_given_up(replica) for replica in self.fleet.replicas) if self.fleet else 0

    @property
    def total_max(self) -> int:
        """The most that may exist; at least what the stage itself wants and one more."""
        return max(self.limits.total, sum(self.wanted.capacity.values()) + 1)

    # Schema

    def fits(self, revision: RevisionId) -> bool:
        """Whether the revision's code runs on every phase that the schema has or may come to have."""
        ranges = self.supports.get(revision, {})
        return all(
            ranges[change].lowest <= phase <= ranges[change].highest
            for change in ranges
            for phase in self._phases(change)
        )

    def _phases(self, change: str) -> tuple[Phase, ...]:
        """A step that was accepted is not done, and may be at any moment: it counts until it is seen."""
        phases = self.observed.schema.phases if self.observed.schema else self.phases
        seen = phases.get(change, Phase.ABSENT)
        key = f"schema:{change}"
        last = (self.latest[key].action,) if key in self.latest else ()
        asked = (action.phase for action in (*self._pending(key), *last) if isinstance(action, Advance))
        return (seen, *(phase for phase in asked if phase > seen))

    # Repetition

    def is_asked(self, action: Action) -> bool:
        """Whether exactly this was asked for a short while ago; it is asked again after the retry time."""
        latest = self.latest.get(key_of(action))
        return latest is not None and latest.action == action and self.now - latest.at < self.limits.retry

    def since_asked(self, key: str) -> float:
        """Seconds since the last intent of the key; infinite if there was none."""
        latest = self.latest.get(key)
        return self.now - latest.at if latest else float("inf")


def anchor(stage: Stage) -> RevisionId | None:
    """The revision with the largest wanted share, or else capacity: where a share without a home goes."""
    wanted: Mapping[RevisionId, int] = stage.route.shares or stage.capacity
    return max(wanted, key=lambda revision: (wanted[revision], revision)) if wanted else None


def is_given_up(replica: Replica) -> bool:
    """Whether it was told to end, and the machine that should do so does not answer."""
    return replica.is_ending and replica.lost_since is not None


def _names(route: Route, revision: RevisionId) -> bool:
    mirrored = route.mirror is not None and route.mirror.revision == revision
    return mirrored or any(rule.revision == revision for rule in route.users)
