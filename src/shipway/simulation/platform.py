"""Simulated replicas: they take time to start, crash, come back, drain and stop."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from random import Random

from shipway.errors import Refused
from shipway.model.fleet import Fleet, Preparation, Scaled
from shipway.model.log import LogLine, LogQuery
from shipway.model.revision import Revision, RevisionId
from shipway.model.service_kind import ServiceKind
from shipway.simulation.copies import Copy, as_replica
from shipway.simulation.faults import Code, Faults
from shipway.simulation.timeline import Timeline
from shipway.simulation.wire import Wire

RESTART_SECONDS = 1.0
RESTART_SECONDS_MAX = 30.0
TERMINATION_SECONDS = 0.2
JOB_SECONDS_MAX = 8.0
MACHINES = 3
"""Replicas run on them in turn."""
GRACE_SECONDS = 10.0
"""From a worker's stop to its kill: longer than any job."""
COLD_SECONDS = 10.0
"""A replica that does not get warm is ready after this all the same."""
KEYS = ("prepare:", "capacity:")
PREPARATION_FAILED = "ERROR: no-such-package"


class SimulatedPlatform:
    """A `Platform` over virtual time. `before_stop` and `before_change` let others look."""

    def __init__(
        self, timeline: Timeline, wire: Wire, faults: Faults, codes: Mapping[RevisionId, Code], random: Random
    ) -> None:
        self.timeline, self.wire, self.faults, self.codes, self.random = timeline, wire, faults, codes, random
        self.copies: dict[str, Copy] = {}
        self.prepared: dict[RevisionId, Preparation] = {}
        self.preparations: dict[RevisionId, int] = {}
        """How often each revision's preparation was begun."""
        self.before_stop: Callable[[Copy], None] = lambda _: None
        self.before_end: Callable[[Copy], None] = lambda _: None
        self.before_change: Callable[[], None] = lambda: None
        self.before_create: Callable[[RevisionId], None] = lambda _: None
        self.created = 0
        self.away: set[int] = set()
        """Machines that do not answer."""
        self._scaled: dict[RevisionId, Scaled] = {}
        self.kind = ServiceKind.HTTP

    # The port

    async def observe(self) -> Fleet:
        """The replicas as they are; an ended one is gone."""
        self.wire.look("platform")
        replicas = tuple(as_replica(copy) for copy in self.copies.values())
        generations = {key: number for key, number in self.wire.applied.items() if key.startswith(KEYS)}
        failed = {name: PREPARATION_FAILED for name, how in self.prepared.items() if how == Preparation.FAILED}
        return Fleet(
            at=self.timeline.now(),
            replicas=replicas,
            prepared=dict(self.prepared),
            generations=generations,
            details=failed,
            foreign=tuple(scaled.what for scaled in self.scaled if not scaled.is_automatic),
            scaled=self.scaled,
        )

    async def prepare(self, revision: Revision, *, generation: int) -> None:
        """Begins when it arrives; once it is done, or while it runs, nothing more happens."""
        key = f"prepare:{revision.id}"
        before = self.wire.applied.get(key, 0)
        await self.wire.send(key, generation, lambda: self._prepare(revision.id, is_new=generation > before))

    async def scale(self, revision: Revision, replicas: int, *, generation: int) -> None:
        """Start what is missing when it arrives."""
        await self.wire.send(
            f"capacity:{revision.id}", generation, lambda: self._scale(revision.id, replicas, generation)
        )

    async def drain(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        """Mark when it arrives."""
        names = tuple(replicas)
        await self.wire.send(f"capacity:{revision}", generation, lambda: self._drain(names))

    async def stop(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        """End when it arrives. What is not drained by then is refused at once, or stays."""
        names = [name for name in replicas if name in self.copies]
        if any(self.copies[name].draining_since is None for name in names):
            raise Refused(f"{revision}: a replica that does not drain is not stopped")
        await self.wire.send(f"capacity:{revision}", generation, lambda: self._stop(names))

    async def forget_others(self, kept: Sequence[Revision]) -> None:
        """A revision leaves nothing behind here."""

    async def logs(self, query: LogQuery) -> AsyncIterator[Sequence[LogLine]]:
        """Simulated replicas print nothing."""
        batches: tuple[Sequence[LogLine], ...] = ()
        for batch in batches:
            yield batch

    # The world

    def of(self, revision: RevisionId) -> list[Copy]:
        """The replicas of a revision."""
        return [copy for copy in self.copies.values() if copy.revision == revision]

    def known(self, revision: RevisionId) -> list[Copy]:
        """Those of which somebody can tell whether they ended."""
        return [copy for copy in self.of(revision) if not copy.is_given_up]

    @property
    def scaled(self) -> tuple[Scaled, ...]:
        """What others than Shipway made of numbers that it has not asked for since."""
        return tuple(self._scaled.values())

    @property
    def is_scaled(self) -> bool:
        """Whether other hands changed a number that Shipway has not asked for since."""
        return any(not scaled.is_automatic for scaled in self._scaled.values())

    def is_broken(self, revision: RevisionId) -> bool:
        """Whether no replica of the revision ever stays ready."""
        code = self.codes.get(revision, Code())
        return code.never_ready or code.crashes_at_start

    def crash(self, copy: Copy) -> None:
        """The process dies; it is started again by itself, later each time."""
        if not copy.is_alive or copy.is_ending or copy.id not in self.copies:
            return
        self.before_change()
        copy.is_alive = copy.is_ready = False
        copy.ready_since, copy.sick_since, copy.crashed_at = None, None, self.timeline.now()
        copy.life += 1
        pause = min(RESTART_SECONDS * (copy.restarts + 1), RESTART_SECONDS_MAX)
        life = copy.life
        self.timeline.after(pause, lambda: self._restart(copy, life))

    def break_for_good(self, revision: RevisionId) -> None:
        """Every replica of a revision stops answering, and none ever answers again."""
        self.before_change()
        self.codes = {**self.codes, revision: Code(never_ready=True)}
        for copy in self.of(revision):
            self._fall_ill(copy)
            copy.life += 1

    def scale_by_other_hands(self, revision: RevisionId, more: int) -> None:
        """Somebody has so many more of a revision, or fewer: those go without being drained."""
        self.before_change()
        there = [copy for copy in self.of(revision) if not copy.is_ending]
        for copy in there[: max(0, -more)]:
            self._forget(copy.id)
        for _ in range(more):
            self._boot(self._made(revision, generation=0))
        now = max(0, len(there) + more)
        what = f"somebody scaled {revision} from {len(there)} to {now}"
        self._scaled[revision] = Scaled(what=what, now=now, by="somebody", revision=revision)

    def autoscale(self, revision: RevisionId, more: int) -> None:
        """The revision's own autoscaler adds so many, unless some of its replicas are taken away just now."""
        there = self.of(revision)
        if not there or any(copy.draining_since is not None for copy in there):
            return
        for _ in range(more):
            self._boot(self._made(revision, generation=0))
        before, now = self._scaled.get(revision), len(there) + more
        self._scaled[revision] = Scaled(
            what=f"autoscaler scaled {revision} to {now}",
            now=now,
            by="autoscaler",
            revision=revision,
            told=before.told if before else len(there),
            is_automatic=True,
        )

    def orphan(self) -> None:
        """Whatever keeps the replicas alive is replaced by another that does not know them."""
        for copy in self.copies.values():
            copy.is_stale = True

    def _restart(self, copy: Copy, life: int) -> None:
        if copy.life == life and not copy.is_stale and copy.id in self.copies and not copy.is_ending:
            copy.is_alive = True
            copy.started_at = self.timeline.now()
            copy.restarts += 1
            self._boot(copy)

    def _prepare(self, revision: RevisionId, *, is_new: bool) -> None:
        """A failed preparation is begun again by a newer generation only."""
        before = self.prepared.get(revision)
        if before in (Preparation.RUNNING, Preparation.DONE) or (before == Preparation.FAILED and not is_new):
            return
        code = self.codes.get(revision, Code())
        self.preparations[revision] = self.preparations.get(revision, 0) + 1
        end = Preparation.FAILED if code.prepare_fails else Preparation.DONE
        self.prepared[revision] = Preparation.RUNNING if code.prepare else end
        if code.prepare:
            self.timeline.after(code.prepare, lambda: self.prepared.update({revision: end}))

    def _scale(self, revision: RevisionId, replicas: int, generation: int) -> None:
        self._scaled.pop(revision, None)
        sound = [copy for copy in self.of(revision) if not copy.is_stale]
        kept = [copy for copy in sound if copy.draining_since is None]
        draining = [copy for copy in sound if copy.draining_since is not None and not copy.is_ending]
        for copy in draining[: max(0, replicas - len(kept))]:
            copy.draining_since = None
            kept.append(copy)
        for _ in range(replicas - len(kept)):
            self._create(revision, generation)

    def _create(self, revision: RevisionId, generation: int) -> None:
        self.before_create(revision)
        self._boot(self._made(revision, generation))

    def _made(self, revision: RevisionId, generation: int) -> Copy:
        self.created += 1
        copy = Copy(
            id=f"{revision}-g{generation}-{self.created}",
            revision=revision,
            address=f"10.0.0.1:{self.created}",
            started_at=self.timeline.now(),
            generation=generation,
            machine=self._machine(),
        )
        self.copies[copy.id] = copy
        return copy

    def _machine(self) -> int:
        """The next one that answers; any, where none does."""
        turns = [(self.created + more) % MACHINES for more in range(MACHINES)]
        return next((machine for machine in turns if machine not in self.away), turns[0])

    def fall_silent(self, copy: Copy) -> None:
        """Its machine is away, for its users too."""
        copy.is_ready, copy.ready_since, copy.sick_since = False, None, None
        copy.life += 1

    def wake(self, copy: Copy) -> None:
        """Its machine is back, and starts it anew."""
        copy.is_alive = True
        copy.started_at = self.timeline.now()
        self._boot(copy)

    def end_after(self, copy: Copy, seconds: float) -> None:
        """It is gone then."""
        copy.life += 1
        self.timeline.after(seconds, lambda: self._forget(copy.id))

    def _boot(self, copy: Copy) -> None:
        code = self.codes.get(copy.revision, Code())
        copy.life += 1
        life = copy.life
        seconds = code.start + self.random.random() * code.start_spread
        if code.crashes_at_start:
            self.timeline.after(seconds, lambda: self.crash(copy) if copy.life == life else None)
        elif not code.never_ready:
            self._warm_up(copy, life, code, seconds)

    def _warm_up(self, copy: Copy, life: int, code: Code, seconds: float) -> None:
        """Before it is ready for the first time; one that was ready before is asked at once."""
        if copy.was_ready or not code.warms:
            self.timeline.after(seconds, lambda: self._become_ready(copy, life))
            return
        self.timeline.after(seconds + code.warms, lambda: self._become_warm(copy, life))

    def _become_warm(self, copy: Copy, life: int) -> None:
        if copy.life == life and self._code(copy).stays_cold:
            copy.cold = "answers still got faster"
            self.timeline.after(COLD_SECONDS, lambda: self._become_ready(copy, life))
        else:
            self._become_ready(copy, life)

    def _become_ready(self, copy: Copy, life: int) -> None:
        if copy.life != life or copy.id not in self.copies or not copy.is_alive:
            return
        self.before_change()
        copy.is_ready = copy.was_ready = True
        copy.ready_since = self.timeline.now()
        self._may_fall_ill(copy, life)
        rate = self.faults.crash + (1 / code.crash_every if (code := self._code(copy)).crash_every else 0.0)
        if rate:
            self.timeline.after(self.random.expovariate(rate), lambda: self._maybe_crash(copy, life))

    def _may_fall_ill(self, copy: Copy, life: int) -> None:
        if every := self._code(copy).ill_every:
            self.timeline.after(self.random.expovariate(1 / every), lambda: self._be_ill(copy, life))

    def _be_ill(self, copy: Copy, life: int) -> None:
        if copy.life == life and copy.is_ready and self.timeline.now() < self.faults.until:
            self.before_change()
            self._fall_ill(copy)
            self.timeline.after(self._code(copy).ill_seconds, lambda: self._get_well(copy, life))

    def _fall_ill(self, copy: Copy) -> None:
        """Its health fails; its process lives on."""
        copy.sick_since = self.timeline.now() if copy.is_ready else copy.sick_since
        copy.is_ready, copy.ready_since, copy.crashed_at = False, None, self.timeline.now()

    def _get_well(self, copy: Copy, life: int) -> None:
        if copy.life == life and copy.id in self.copies:
            self.before_change()
            copy.is_ready, copy.ready_since, copy.sick_since = True, self.timeline.now(), None
            self._may_fall_ill(copy, life)

    def _code(self, copy: Copy) -> Code:
        return self.codes.get(copy.revision, Code())

    def _maybe_crash(self, copy: Copy, life: int) -> None:
        if copy.life == life and self.timeline.now() < self.faults.until:
            self.crash(copy)

    def _drain(self, names: tuple[str, ...]) -> None:
        for name in names:
            copy = self.copies.get(name)
            if copy and copy.draining_since is None:
                copy.draining_since = self.timeline.now()
                self._stop_autoscaling(copy.revision)

    def _stop_autoscaling(self, revision: RevisionId) -> None:
        if revision in self._scaled and self._scaled[revision].is_automatic:
            del self._scaled[revision]

    def _stop(self, names: list[str]) -> None:
        for name in names:
            copy = self.copies.get(name)
            if copy is None or copy.draining_since is None or copy.is_ending:
                continue
            self.before_stop(copy)
            copy.is_ending = True
            if copy.lost_since is None:
                copy.is_ready, copy.ready_since, copy.sick_since = False, None, None
                self.end_after(copy, self._ending_seconds(copy))

    def _ending_seconds(self, copy: Copy) -> float:
        """Whoever fetches jobs finishes the one in hand first, within its grace."""
        if self.kind == ServiceKind.HTTP:
            return TERMINATION_SECONDS
        left = self.random.random() * JOB_SECONDS_MAX
        copy.job_until = self.timeline.now() + left
        return min(TERMINATION_SECONDS + left, GRACE_SECONDS)

    def _forget(self, name: str) -> None:
        copy = self.copies.pop(name, None)
        if copy is not None:
            self.before_end(copy)
