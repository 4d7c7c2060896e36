"""Plays a scenario with the real engine to its end."""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from shipway.engine.fold import fold
from shipway.engine.measuring import QUERIES, RESOURCES
from shipway.engine.ports import Ports, Store
from shipway.engine.state import ServiceState
from shipway.model.event import Entry, Event, RunStarted
from shipway.model.job import BAD
from shipway.model.revision import RevisionId
from shipway.model.route import Route
from shipway.model.service_kind import ServiceKind
from shipway.model.share import TOTAL
from shipway.simulation import gates, outages
from shipway.simulation.checker import Checker, Violation
from shipway.simulation.dimensions import SimulatedDatabase, SimulatedFlags
from shipway.simulation.exposures import SimulatedExposures
from shipway.simulation.faults import Code
from shipway.simulation.jobs import SimulatedJobs, Work
from shipway.simulation.jobs_checker import JobsChecker, is_of_jobs
from shipway.simulation.measures import SimulatedMeasures
from shipway.simulation.metrics import SimulatedMetrics
from shipway.simulation.pilot import ControllerDied, Pilot
from shipway.simulation.platform import SimulatedPlatform
from shipway.simulation.replica_counts import SimulatedReplicaCounts
from shipway.simulation.scenario import Asked, Scenario
from shipway.simulation.store import MemoryJournal, MemoryLeases, MemoryRevisions
from shipway.simulation.timeline import Timeline
from shipway.simulation.traffic import SimulatedTraffic
from shipway.simulation.wire import Wire
from shipway.simulation.witness import Witness

SUCCESSOR_SECONDS = 2.0
"""Until a controller that died is started again."""
FOREVER_SECONDS = 1e12


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of it."""

    state: ServiceState
    entries: tuple[Entry, ...]
    violations: tuple[Violation, ...]
    ended_at: float
    ticks: int
    stale: int
    """Effects refused because a newer generation had been applied."""
    deaths: int
    requests: dict[RevisionId, float]
    errors: dict[RevisionId, int]
    shares: dict[RevisionId, float]
    replicas: dict[RevisionId, int]
    created: int = 0
    """Replicas that were ever started."""


class Simulation:
    """One service in one world."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.random = Random(scenario.seed)
        self.timeline = Timeline()
        self.wire = Wire(self.timeline, scenario.faults, self.random)
        self.platform = SimulatedPlatform(self.timeline, self.wire, scenario.faults, scenario.codes, self.random)
        self.traffic = SimulatedTraffic(self.timeline, self.wire, scenario.faults, self.random)
        self.flags = SimulatedFlags(self.timeline, self.wire)
        self.exposures = SimulatedExposures(
            self.timeline, self.flags, per_second=scenario.requests_per_second, errors=scenario.flag_errors
        )
        self.database = SimulatedDatabase(self.timeline, self.wire)
        self.jobs = SimulatedJobs(self.timeline, self.wire, scenario.faults, scenario.codes, self.random)
        self.gate = gates.SimulatedGate(self.timeline)
        self.metrics = SimulatedMetrics(
            self.timeline,
            self.platform,
            self.traffic,
            faults=scenario.faults,
            rate=lambda _: scenario.requests_per_second,
            random=self.random,
            kind=scenario.kind,
        )
        self.replica_counts = SimulatedReplicaCounts(
            self.timeline,
            self.platform,
            rate=lambda _: scenario.requests_per_second,
            bursts=scenario.bursts,
            seed=scenario.seed,
        )
        self.measures = SimulatedMeasures(
            self.metrics,
            faults=scenario.faults,
            times=lambda name: scenario.codes.get(name, Code()).metrics_times,
            seed=scenario.seed,
        )
        self.checker = Checker(self.timeline, self.platform, self.traffic)
        self.checker.kind = self.platform.kind = scenario.kind
        self.jobs_checker = JobsChecker(self.timeline, self.jobs, self.checker.broke)
        self.checker.jobs = self.jobs
        self.witness = Witness(
            self.platform,
            self.traffic,
            self.flags,
            kind=scenario.kind,
            broke=self.checker.broke,
            journal=lambda: self.journal.entries.get(scenario.service, ()),
        )
        self.leases = MemoryLeases(self.timeline)
        self.journal = MemoryJournal(self.timeline, self.leases)
        self.store = Store(self.journal, self.leases, MemoryRevisions(self.timeline), self.timeline)
        self.pilots: list[Pilot] = []
        self.deaths = 0
        self.ticks = 0
        self.before_point: Callable[[str], float] = lambda _: 0.0
        """Told of each journal write and effect; may raise `ControllerDied`, or say how long to freeze."""
        self._hook_up()

    def _hook_up(self) -> None:
        self.flags.on_change = self.checker.flag_changed
        self.database.on_change = self.checker.schema_changed
        self.wire.on_send = self.witness.sent
        self.platform.before_create = self.witness.created
        self.wire.hook = lambda what: self.before_point(what)
        self.journal.before_append = lambda events: self._write_begins(events)
        self.journal.after_append = lambda events: self._written(events)
        self.journal.before_compact = lambda: self._point("compaction before")
        self.journal.after_compact = lambda: self._point("compaction after")
        self.journal.rewrite = self._with_more
        self.platform.before_change = self.metrics.flow
        self.traffic.before_change = self.metrics.flow

    def _write_begins(self, events: Sequence[Event]) -> None:
        self.before_point("journal before")

    def _point(self, what: str) -> None:
        self.before_point(what)

    def _written(self, events: Sequence[Event]) -> None:
        self.checker.journalled(tuple(events))
        self.jobs_checker.journalled(events)
        self.witness.journalled(events)
        for event in events:
            if isinstance(event, RunStarted):
                self.checker.knows(event.plan)
        self.before_point("journal after")

    def _with_more(self, event: Event) -> Event:
        """A plan goes back by single rows where the scenario says so."""
        if not isinstance(event, RunStarted) or event.plan.candidate not in self.scenario.stepping:
            return event
        rows = tuple(
            replace(row, back=max(0, number - 1)) if row.back == 0 else row
            for number, row in enumerate(event.plan.stages)
        )
        return replace(event, plan=replace(event.plan, stages=rows))

    def play(self) -> Outcome:
        """From nothing to the horizon, or to the end of what was asked."""
        self._prepare()
        for number in range(self.scenario.faults.controllers.count):
            self._start_pilot(f"controller-{number}")
        last = max((asked.at for asked in self.scenario.asked), default=0.0)
        self.timeline.run(last + 0.001)
        self.timeline.run(self.scenario.horizon, stop=self._is_over)
        self.metrics.flow()
        return self._outcome()

    def _prepare(self) -> None:
        if self.scenario.watch:
            self.timeline.at(self.scenario.watch, self._watch)
        for revision in self.scenario.revisions:
            _now(self.store.revisions.put(revision, b""))
        for asked in self.scenario.asked:
            self.timeline.at(asked.at, partial(self._submit, asked))
        for when in self.scenario.faults.foreign_writes:
            self.timeline.at(when, self._write_by_other_hands)
        for when, more in self.scenario.faults.foreign_scales:
            self.timeline.at(when, partial(self._scale_by_other_hands, more))
        for number, (when, more) in enumerate(self.scenario.faults.autoscales):
            self.timeline.at(when, partial(self._autoscale, more, is_newer=bool(number % 2)))
        outages.plan(self.platform)
        if self.scenario.faults.kill_stable_at < float("inf"):
            self.timeline.at(self.scenario.faults.kill_stable_at, self._kill_stable)
        if self.scenario.faults.orphaned_at < float("inf"):
            self.timeline.at(self.scenario.faults.orphaned_at, self._orphan)

    def _submit(self, asked: Asked) -> None:
        """A command wakes whoever sleeps."""
        _now(self.journal.submit(self.scenario.service, asked.command, by="scenario"))
        for pilot in self.pilots:
            pilot.wake()

    def _start_pilot(self, name: str) -> None:
        ports = Ports(
            platform=self.platform,
            traffic=self.traffic if self.scenario.kind == ServiceKind.HTTP else None,
            metrics=self.metrics,
            mirror_counts=self.metrics,
            replica_counts=None if self.scenario.kind == ServiceKind.CRON else self.replica_counts,
            jobs=self.jobs if self.scenario.kind == ServiceKind.CRON else None,
            measures=dict.fromkeys((QUERIES, RESOURCES), self.measures),
            flags=self.flags,
            exposures=self.exposures,
            database=self.database,
            gates={gates.KIND: self.gate},
        )
        pilot = Pilot(name, self.scenario.service, ports=ports, store=self.store, timeline=self.timeline)
        pilot.script = self.scenario.script
        pilot.on_death = self._died
        pilot.on_look = self._looked
        if self.scenario.faults.controllers.count == 1 and not self.scenario.faults.controllers.freeze:
            pilot.lease_seconds = FOREVER_SECONDS if not self.scenario.faults.controllers.die else 10.0
        self.pilots.append(pilot)
        self.timeline.after(0.0, pilot.wake)

    def _looked(self) -> None:
        self.witness.guarded_at = self.timeline.now()

    def _watch(self) -> None:
        self.witness.watch(self.timeline.now(), until=self.scenario.faults.until)
        self.timeline.after(self.scenario.watch, self._watch)

    def _died(self, pilot: Pilot) -> None:
        self.deaths += 1
        self.ticks += pilot.ticks
        self.pilots.remove(pilot)
        self.timeline.after(SUCCESSOR_SECONDS, lambda: self._start_pilot(f"{pilot.name}'"))

    def _state(self) -> ServiceState:
        states = [pilot.service.state for pilot in self.pilots if pilot.service]
        return max(states, key=lambda state: state.position, default=ServiceState(service=self.scenario.service))

    def _is_over(self) -> bool:
        if self.scenario.quiet:
            return self._is_quiet()
        if not self.scenario.until_end:
            return False
        state = self._state()
        if state.run and state.run.hold and self.timeline.now() - state.run.hold.at > self.scenario.stop_when_held:
            return True
        asked = len(self.scenario.asked)
        return state.run is None and not state.queue and state.read >= asked and bool(state.past)

    def _is_quiet(self) -> bool:
        """Jobs come and go for ever; all else comes to rest, once no stage waits for some of them."""
        run = self._state().run
        if run is not None and run.hold is None and run.back is None and run.stage.stay.jobs:
            return False
        entries = self.journal.entries.get(self.scenario.service, ())
        last = next((entry.at for entry in reversed(entries) if not is_of_jobs(entry.event)), 0.0)
        since = max(self.scenario.faults.until, last)
        return self.timeline.now() - since >= self.scenario.quiet

    def _write_by_other_hands(self) -> None:
        state = self._state()
        if state.run and state.run.plan.base and self.scenario.kind == ServiceKind.HTTP:
            self.checker.foreign_at = self.timeline.now()
            self.traffic.write_by_other_hands(Route(shares={state.run.plan.base: TOTAL}))

    def _scale_by_other_hands(self, more: int) -> None:
        state = self._state()
        revision = state.run.plan.base if state.run else state.proven
        if revision and self.scenario.kind != ServiceKind.CRON and self.platform.of(revision):
            self.checker.foreign_at = self.timeline.now()
            self.witness.promoted = None
            self.platform.scale_by_other_hands(revision, more)

    def _autoscale(self, more: int, *, is_newer: bool) -> None:
        state = self._state()
        revision = state.run.plan.candidate if state.run and is_newer else state.proven
        if revision and self.scenario.kind == ServiceKind.HTTP:
            self.platform.autoscale(revision, more)

    def _orphan(self) -> None:
        """All replicas are to be replaced now, promoted or not."""
        self.platform.orphan()
        self.witness.promoted = None

    def _kill_stable(self) -> None:
        state = self._state()
        if state.proven:
            self.platform.break_for_good(state.proven)

    def _met(self) -> dict[RevisionId, float]:
        """What each revision was asked to do: requests, or jobs that it began."""
        if self.scenario.kind != ServiceKind.CRON:
            return dict(self.metrics.requests)
        begun = _counted(work for work in self.jobs.works.values() if work.started_at is not None)
        return {revision: float(count) for revision, count in begun.items()}

    def _failed(self) -> dict[RevisionId, int]:
        if self.scenario.kind != ServiceKind.CRON:
            return dict(self.metrics.errors)
        return _counted(work for work in self.jobs.works.values() if work.outcome in BAD)

    def _outcome(self) -> Outcome:
        entries = tuple(self.journal.entries.get(self.scenario.service, ()))
        counts: dict[RevisionId, int] = {}
        for copy in self.platform.copies.values():
            counts[copy.revision] = counts.get(copy.revision, 0) + 1
        return Outcome(
            state=fold(ServiceState(service=self.scenario.service), entries),
            entries=entries,
            violations=tuple(self.checker.violations),
            ended_at=self.timeline.now(),
            ticks=self.ticks + sum(pilot.ticks for pilot in self.pilots),
            stale=self.wire.stale,
            deaths=self.deaths,
            requests=self._met(),
            errors=self._failed(),
            shares={name: self.traffic.share(name) for name in self.metrics.requests},
            replicas=counts,
            created=self.platform.created,
        )


def _counted(works: Iterable[Work]) -> dict[RevisionId, int]:
    return dict(Counter(work.revision for work in works))


def simulate(scenario: Scenario) -> Outcome:
    """Play it, with the controllers dying and freezing by the scenario's chances."""
    return played(scenario)[1]


def played(scenario: Scenario) -> tuple[Simulation, Outcome]:
    """The same, with the world as it is at the end."""
    simulation = Simulation(scenario)
    chances = scenario.faults.controllers

    def point(what: str) -> float:
        if not scenario.faults.since <= simulation.timeline.now() < scenario.faults.until:
            return 0.0
        if chances.die and simulation.random.random() < chances.die:
            raise ControllerDied(what)
        if what.startswith("effect") and chances.freeze and simulation.random.random() < chances.freeze:
            return chances.freeze_seconds
        return 0.0

    simulation.before_point = point
    return simulation, simulation.play()


def _now(asked: Coroutine[object, None, object]) -> object:
    """The result of a coroutine that never waits."""
    try:
        asked.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("this would have waited")
