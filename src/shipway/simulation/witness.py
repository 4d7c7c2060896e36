"""Reads along in the journal, and writes down each rule that what is written breaks, or that time breaks.

Where `checker` asks what users meet, this asks whether the engine may say and do what it does: intents come
before effects, claims are true when they are made, back is for good, and nothing is left alone for long.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import singledispatchmethod

from shipway.model import event
from shipway.model.action import Advance
from shipway.model.event import Entry, Event
from shipway.model.phase import Phase
from shipway.model.plan import Plan, Stage
from shipway.model.revision import RevisionId
from shipway.model.service_kind import ServiceKind
from shipway.model.share import NONE, TOTAL
from shipway.model.verdict import Kind, Severity, Verdict
from shipway.planning.resize import resize
from shipway.simulation.dimensions import SimulatedFlags
from shipway.simulation.platform import SimulatedPlatform
from shipway.simulation.traffic import SimulatedTraffic

PATIENCE_SECONDS = 150.0
"""What may last at most while effects are lost, and controllers freeze for 40 s and lose their lease."""
PATIENCE_AFTER_SECONDS = 60.0
"""The same once the faults are over: a lease, a look, a retry and the slowest proxy; a replica that restarts."""

Broke = Callable[[str, str], None]


class Witness:
    """Told of every append, effect and look at the metrics."""

    def __init__(
        self,
        platform: SimulatedPlatform,
        traffic: SimulatedTraffic,
        flags: SimulatedFlags,
        *,
        kind: ServiceKind = ServiceKind.HTTP,
        broke: Broke,
        journal: Callable[[], Sequence[Entry]],
    ) -> None:
        self.platform, self.traffic, self.flags = platform, traffic, flags
        self.kind, self.broke, self.journal = kind, broke, journal
        self.plan: Plan | None = None
        self.row = 0
        self.back: int | None = None
        self.verdict: Verdict | None = None
        self.drift = set[str]()
        self.planned = 0
        """How many replicas a person wanted."""
        self.proven: RevisionId | None = None
        self.promoted: set[str] | None = None
        """The candidate's replicas when it had all traffic for the first time."""
        self.guarded_at = 0.0
        self.scheduled: RevisionId | None = None
        """Whose jobs are next, where they are scheduled."""
        self._since: dict[str, float] = {}

    @property
    def stage(self) -> Stage | None:
        """The row that the journal says is converged to."""
        return self.plan.stages[self.row] if self.plan else None

    # What is written

    def journalled(self, events: Sequence[Event]) -> None:
        """An append happened."""
        keys = [each.key for each in events if isinstance(each, event.Intended)]
        if len(keys) != len(set(keys)):
            self.broke("one intent at a time", f"one append intends twice of {sorted(keys)}")
        for each in events:
            self._read(each)

    @singledispatchmethod
    def _read(self, happened: Event) -> None:
        """Most events make no claim."""

    @_read.register
    def _(self, happened: event.RunStarted) -> None:
        if self.plan is not None:
            self.broke("one run at a time", f"{happened.plan.candidate} begins while another run is open")
        if self.proven is not None and happened.plan.base not in (None, self.proven):
            self.broke("row 0 is proven", f"a take-back would end at {happened.plan.base}")
        self.plan, self.row, self.back = happened.plan, 1, None
        self.verdict, self.promoted = None, None
        self.planned = happened.plan.limits.replicas
        self.drift.clear()

    @_read.register
    def _(self, happened: event.RunEnded) -> None:
        if happened.outcome == "finished" and self.plan and self.promoted:
            gone = self.promoted - {copy.id for copy in self.platform.of(self.plan.candidate)}
            if gone:
                self.broke("promotion replaces nothing", f"{sorted(gone)} were there when traffic was complete")
        self.plan = None
        self.drift.clear()

    @_read.register
    def _(self, happened: event.Resized) -> None:
        self.planned = happened.replicas
        self._is_of_size(happened.replicas)

    def _is_of_size(self, replicas: int) -> None:
        self.promoted = None
        if self.plan and not self.planned <= replicas <= 2 * max(1, self.planned):
            self.broke("only what carries the plan is adopted", f"{replicas} of {self.planned}")
        if self.plan and replicas and replicas != self.plan.limits.replicas:
            self.plan = resize(self.plan, replicas)

    @_read.register
    def _(self, happened: event.StageEntered) -> None:
        if self.back is not None and happened.rule != "asked":
            self.broke("back is one-way", f"forward to {happened.row} for {happened.rule} while going back")
        if happened.rule != "asked" and self._is_harmful():
            self.broke("never forward while harmful", f"to {happened.row} for {happened.rule}")
        if happened.rule == "healthy" and not self._may_be_called_healthy():
            self.broke("no data is not health", f"to {happened.row} although the verdict is {self.verdict}")
        if self.stage and self.stage.stay.then == "ask" and happened.rule not in ("asked", "stable-broken"):
            self.broke("a person decides on an experiment", f"to {happened.row} for {happened.rule}")
        if self.stage and self.stage.stay.asks and happened.rule not in ("asked", "stable-broken"):
            self.broke("a person agrees to a risky change", f"to {happened.row} for {happened.rule}")
        if not self._is_repeated_well(happened):
            self.broke("an undecided stage grows within its plan", f"from {self.row} to {happened.row}")
        if happened.rule != "asked" and self.plan and self._ends_a_shape(self.plan.stages[happened.row]):
            self.broke("contract asks first", f"to {happened.row} for {happened.rule}")
        self.row, self.back = happened.row, None

    def _ends_a_shape(self, stage: Stage) -> bool:
        return Phase.CONTRACTED in stage.schema.values()

    def _is_repeated_well(self, happened: event.StageEntered) -> bool:
        """Without evidence to a repeat only: twice the users at most, and fewer than the next stage has."""
        if self.plan is None or happened.rule != "grow":
            return True
        candidate, stages = self.plan.candidate, self.plan.stages
        before, now = (stages[row].route.shares.get(candidate, NONE) for row in (self.row, happened.row))
        following = next((row for row in stages[happened.row + 1 :] if not row.is_repeat), None)
        limit = following.route.shares.get(candidate, NONE) if following else NONE
        return before <= now <= 2 * before and now < limit and not stages[self.row].is_repeat

    def _is_harmful(self) -> bool:
        bad = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM)
        return bool(self.verdict and self.verdict.kind == Kind.HARMFUL and self.verdict.severity in bad)

    def _may_be_called_healthy(self) -> bool:
        return bool(self.verdict and self.verdict.kind in (Kind.HEALTHY, Kind.HARMFUL))

    @_read.register
    def _(self, happened: event.WentBack) -> None:
        if self.back is not None and happened.row >= self.back:
            self.broke("back is one-way", f"from {self.back} to {happened.row}")
        self.row = self.back = happened.row
        self.promoted = None

    @_read.register
    def _(self, happened: event.JobsFrom) -> None:
        self.scheduled = happened.revision

    @_read.register
    def _(self, happened: event.Proven) -> None:
        self.proven = happened.revision

    @_read.register
    def _(self, happened: event.Judged) -> None:
        self.verdict = happened.verdict

    @_read.register
    def _(self, happened: event.Held) -> None:
        if not happened.reason:
            self.broke("a held run says why", happened.rule)

    @_read.register
    def _(self, happened: event.DriftSeen) -> None:
        self.drift.add(happened.what)

    @_read.register
    def _(self, happened: event.DriftAccepted) -> None:
        self.drift.clear()

    @_read.register
    def _(self, happened: event.DriftAdopted) -> None:
        self.drift.discard(happened.what)
        self._is_of_size(happened.replicas)

    @_read.register
    def _(self, happened: event.Cleared) -> None:
        if happened.name == "drift":
            self.drift.clear()

    @_read.register
    def _(self, happened: event.StageSettled) -> None:
        """Nothing is believed until it is observed: the claim must be true of every proxy."""
        stage, plan = self.stage, self.plan
        if stage is None or plan is None:
            return
        for name, share in stage.route.shares.items():
            if any(abs(proxy.route.shares.get(name, NONE) - share) > 1 for proxy in self.traffic.proxies):
                self.broke("nothing is believed until observed", f"{stage.name} settled without its traffic")
        if any(proxy.route.mirror != stage.route.mirror for proxy in self.traffic.proxies):
            self.broke("nothing is believed until observed", f"{stage.name} settled without its copies")
        if self.kind == ServiceKind.WORKER:
            self._workers_are_there(stage, plan.candidate)
        if self.kind == ServiceKind.CRON and self.scheduled not in (stage.capacity or (None,)):
            self.broke(
                "nothing is believed until observed", f"{stage.name} settled, and jobs are {self.scheduled}'s"
            )
        if self.row == plan.promoted and self.promoted is None:
            self.promoted = {copy.id for copy in self.platform.known(plan.candidate) if not copy.is_stale}

    def _workers_are_there(self, stage: Stage, candidate: RevisionId) -> None:
        for name in {*stage.capacity, candidate}:
            found, wanted = self.platform.known(name), stage.capacity.get(name, 0)
            is_short = name == candidate and self.back is None and sum(copy.is_ready for copy in found) < wanted
            if len(found) > wanted or is_short:
                said = f"{stage.name} settled with {len(found)} replicas of {name} instead of {wanted}"
                self.broke("nothing is believed until observed", said)

    @_read.register
    def _(self, happened: event.Recovered) -> None:
        if self.plan and self.stage and self._is_exposed_beyond(self.stage, self.plan.candidate):
            self.broke("nothing is believed until observed", "recovered while the candidate still has traffic")

    @_read.register
    def _(self, happened: event.Intended) -> None:
        if self.drift and self.back is None and self.plan:
            self.broke("other hands are not overwritten", f"{happened.key} is intended under drift")
        action = happened.action
        if isinstance(action, Advance) and action.phase == Phase.CONTRACTED and not self._contracts(action.change):
            self.broke("contract waits for its own row", action.change)

    def _contracts(self, change: str) -> bool:
        return bool(self.stage and self.back is None and self.stage.schema.get(change) == Phase.CONTRACTED)

    # What is done

    def sent(self, key: str, generation: int) -> None:
        """An effect leaves a controller: its intent must stand in the journal at that very position."""
        entries = self.journal()
        written = entries[generation - 1].event if 0 < generation <= len(entries) else None
        if not isinstance(written, event.Intended) or written.key != key:
            self.broke("an intent comes before its effect", f"{key} at {generation}")

    def created(self, revision: RevisionId) -> None:
        """A replica is started: never a second set of what was promoted."""
        plan, stage = self.plan, self.stage
        if (
            plan is None
            or stage is None
            or self.promoted is None
            or revision != plan.candidate
            or self.back is not None
        ):
            return
        sound = [copy for copy in self.platform.of(revision) if not copy.is_stale and copy.draining_since is None]
        if len(sound) >= stage.capacity.get(revision, 0):
            self.broke("promotion replaces nothing", f"another replica of {revision} beside {len(sound)}")

    # What lasts

    def watch(self, now: float, *, until: float) -> None:
        """Look at the clocks. After `until` nothing new goes wrong, so patience is shorter."""
        for rule, what in self._lasting(now):
            since = self._since.setdefault(rule, now)
            if now - since > PATIENCE_SECONDS or now - max(since, until) > PATIENCE_AFTER_SECONDS:
                self.broke(rule, f"{what} for {now - since:.0f} s")
                self._since[rule] = float("inf")
        self._since = {rule: since for rule, since in self._since.items() if rule in self._seen}

    def _lasting(self, now: float) -> Iterator[tuple[str, str]]:
        self._seen = set[str]()
        for rule, what, holds in self._conditions(now):
            if holds:
                self._seen.add(rule)
                yield rule, what

    def _conditions(self, now: float) -> Iterator[tuple[str, str, bool]]:
        frozen = bool(self.drift) and self.back is None
        yield "no traffic into a black hole", "users got no answer", not frozen and self._is_black_hole()
        plan = self.plan
        if plan is None:
            return
        exposed = self._exposed(plan.candidate) > NONE
        unguarded = exposed and self.kind != ServiceKind.CRON and now - self.guarded_at > plan.guard.interval + 5.0
        yield "exposed users are guarded", "nobody looked at the metrics", unguarded
        away = self.back == 0 and plan.base is not None and exposed and self._could_take_all(plan)
        yield "a rollback waits for nothing", "the candidate still had traffic", away
        cold = self.back is None and self.row <= plan.promoted and self._is_cold(plan)
        yield "a version that stays cold goes back", "users waited for its answers", cold and not self.drift
        copied = self.back == 0 and plan.candidate in self._copied_to()
        yield "a rollback waits for nothing: copies", "requests were still copied", copied and not frozen
        yield "a rollback waits for nothing: flags", "a flag was still up", self.back == 0 and self._is_exposed()

    def _is_exposed_beyond(self, stage: Stage, revision: RevisionId) -> bool:
        if self.kind == ServiceKind.WORKER:
            return len(self.platform.known(revision)) > stage.capacity.get(revision, 0)
        if self.kind == ServiceKind.CRON:
            return self.scheduled == revision and not stage.capacity.get(revision)
        return self._exposed(revision) > stage.route.shares.get(revision, NONE)

    def _exposed(self, revision: RevisionId) -> int:
        if self.kind == ServiceKind.WORKER:
            return TOTAL if any(copy.is_ready for copy in self.platform.known(revision)) else NONE
        if self.kind == ServiceKind.CRON:
            return TOTAL if self.scheduled == revision else NONE
        return max(proxy.route.shares.get(revision, NONE) for proxy in self.traffic.proxies)

    def _is_cold(self, plan: Plan) -> bool:
        """Whether the candidate does not get warm, and there is somebody to go back to."""
        is_answered = any(copy.is_ready for copy in self.platform.of(plan.base)) if plan.base else False
        return is_answered and any(copy.cold for copy in self.platform.of(plan.candidate))

    def _copied_to(self) -> set[RevisionId]:
        mirrors = [proxy.route.mirror for proxy in self.traffic.proxies]
        return {mirror.revision for mirror in mirrors if mirror}

    def _is_black_hole(self) -> bool:
        ready = {copy.revision for copy in self.platform.copies.values() if copy.is_ready}
        serving = {name for proxy in self.traffic.proxies for name, share in proxy.route.shares.items() if share}
        return bool(ready) and bool(serving - ready)

    def _could_take_all(self, plan: Plan) -> bool:
        """Whether the base has its full capacity, so that nothing is left to wait for."""
        if self.kind == ServiceKind.CRON:
            return True
        ready = (
            [c for c in self.platform.of(plan.base) if c.is_ready and c.draining_since is None]
            if plan.base
            else []
        )
        return len(ready) >= plan.limits.replicas

    def _is_exposed(self) -> bool:
        wanted = self.stage.flags if self.stage else {}
        return any(self.flags.shares.get(flag, NONE) > share for flag, share in wanted.items())
