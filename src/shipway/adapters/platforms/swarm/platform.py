"""Replicas in a Swarm: each a service of its own, or all of them tasks of one that the Swarm updates."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import structs
from msgspec.structs import replace

from shipway.adapters.platforms.docker import labels
from shipway.adapters.platforms.docker.output_program import output_program
from shipway.adapters.platforms.swarm import names, together
from shipway.adapters.platforms.swarm.options import Update, options_of
from shipway.adapters.platforms.swarm.patterns import Asked, Patterns
from shipway.adapters.platforms.swarm.recipe import SwarmRecipe
from shipway.adapters.platforms.swarm.seeing import Seen
from shipway.adapters.platforms.swarm.services import Services, Spec
from shipway.adapters.platforms.swarm.tasks import Tasks, is_task
from shipway.adapters.platforms.swarm.together import Batch
from shipway.adapters.replicas.platform import MachinePlatform
from shipway.adapters.replicas.records import ReplicaRecord
from shipway.errors import StaleGeneration
from shipway.model.fleet import Fleet, Scaled
from shipway.model.revision import Revision, RevisionId

CHOICE_SECONDS = 3.0
"""The longest that the Swarm is given to say which tasks it ends: it takes a tenth of that."""
LOOK_SECONDS = 0.1


@dataclass(eq=False)
class SwarmPlatform(MachinePlatform):
    """With `update`, scaling is a batch of the Swarm's own update; which tasks it replaces is its choice."""

    swarm_recipe: SwarmRecipe
    services: Services
    tasks: Tasks
    update: Update | None

    @property
    def _name(self) -> str:
        return names.common(self.records.service)

    @property
    def _patterns(self) -> Patterns:
        return self.tasks.patterns

    async def observe(self) -> Fleet:
        """What the Swarm decided meanwhile is written down first."""
        await self.keeper.processes(is_needed=False)
        fleet = await super().observe()
        foreign, scaled = await asyncio.to_thread(self._foreign, fleet.foreign)
        return replace(fleet, foreign=foreign, scaled=scaled)

    def _foreign(self, told: Sequence[str]) -> tuple[tuple[str, ...], tuple[Scaled, ...]]:
        """One sentence for all tasks of a service that the Swarm updates: they come and go as it wants."""
        own = {record.id for record in self.records.replicas() if not is_task(record)}
        others = tuple(what for what in told if what.split(" ")[0] in own)
        seen = self._seen() if self._patterns.asked() else None
        why = self.tasks.changed(seen) if self._patterns.asked() else ""
        if not why:
            return others, ()
        what = f"{self._name} was changed in the Swarm by other hands: {why}."
        number = _replicas(seen.service["Spec"]) if seen and self._is_number(seen) else None
        scaled = () if number is None else (Scaled(what=what, now=number, by="docker service scale"),)
        return (*others, what), scaled

    def _is_number(self, seen: Seen) -> bool:
        asked = self._patterns.asked()
        return asked is not None and together.is_scaled(asked.spec, seen.service["Spec"])

    async def forget_others(self, kept: Sequence[Revision]) -> None:
        """Configurations that the Swarm keeps for them go. Raises `PortError`."""
        names_kept = {content.name for one in kept for content in options_of(one).contents.values()}
        await asyncio.to_thread(self.services.forget_configs, self.records.service, names_kept)

    async def scale(self, revision: Revision, replicas: int, *, generation: int) -> None:
        """Without `update` only what is there is taken back; new ones are services of their own."""
        if self.update is None:
            await super().scale(revision, replicas, generation=generation)
            return
        key, home = f"capacity:{revision.id}", self.supervisor.home
        await self.supervisor.put(output_program(home))
        await self.keeper.processes(is_needed=True)
        pattern = await asyncio.to_thread(self.swarm_recipe.pattern, revision, generation=generation)
        await self._alone(key, generation, lambda: self._taken_back(pattern, replicas))
        await asyncio.to_thread(self._ask, pattern, replicas, generation)
        await asyncio.to_thread(self.records.applied, key, generation)

    def _taken_back(self, pattern: ReplicaRecord, replicas: int) -> None:
        self._patterns.keep(pattern)
        found = self._of(pattern.revision)
        draining = [record for record in found if record.draining_since is not None]
        for record in draining[: max(0, replicas - (len(found) - len(draining)))]:
            self.records.keep(replace(record, draining_since=None))

    def _ask(self, pattern: ReplicaRecord, replicas: int, generation: int) -> None:
        """Blocks. Decided on what the Swarm says in the moment of the change."""
        assert self.update is not None
        how = self.update
        self.services.complete(pattern)
        self._is_settled()

        def decide(found: Spec | None) -> Asked | None:
            self._check(found, generation)
            seen = self._seen()
            last, tasks = self._patterns.asked(), together.live(seen)
            there = self._active(seen, tasks, pattern.revision)
            if last is not None and found is not None and self.tasks.is_scaled(seen):
                return structs.replace(last, spec=_sized(found, _replicas(found), generation), before=dict(found))
            if last is not None and self.tasks.changed(seen):
                return _again(last, found, generation)
            if there >= replicas:
                return None
            if last is not None and found is not None and last.full > _replicas(found):
                spec = _sized(found, last.full, generation)
                return Asked(spec, dict(found), full=last.full, former=last.former)
            batch = together.next_batch(
                found,
                tasks,
                revision=pattern.revision,
                missing=replicas - there,
                kept=self._kept(seen, tasks, pattern.revision),
            )
            if batch is None:
                return None
            spec = together.asked(pattern, self.supervisor.home, replace(batch, generation=generation), how)
            full = max(last.full if last else 0, batch.replicas)
            former = together.former(found, pattern.revision, last.former if last else "")
            of_revision = min(replicas, there + batch.at_once)
            return Asked(spec, dict(found) if found else None, of_revision, full, former)

        self._changed(decide)

    def _kept(self, seen: Seen | None, tasks: Sequence[together.TaskSeen], revision: str) -> int:
        """How many ready tasks of other revisions may not be replaced yet."""
        own = {one.id: one.revision for one in self.records.replicas() if self.records.is_ready(one.id)}
        staying = [own.get(together.name_of(seen, task)) for task in tasks if seen and together.stays(task)]
        ready = [one for one in staying if one is not None]
        replicas = int(seen.service["Spec"]["Mode"]["Replicated"]["Replicas"]) if seen else 0
        mine = ready.count(RevisionId(revision))
        return together.kept(replicas, ready=mine, others=len(ready) - mine)

    def _changed(self, decide: Callable[[Spec | None], Asked | None]) -> None:
        def kept(found: Spec | None) -> Spec | None:
            asked = decide(found)
            if asked is None:
                return None
            self._patterns.keep_asked(asked)
            return asked.spec

        with self.records.alone():
            self.services.change(self._name, kept)

    def _seen(self) -> Seen | None:
        return self.services.seen(self.records.service).get(self._name)

    def _is_settled(self) -> bool:
        """Whether what was asked for last is done; a little is waited for it. Whoever counts meanwhile, errs."""
        deadline = time.monotonic() + CHOICE_SECONDS
        while True:
            asked, seen = self._patterns.asked(), self._seen()
            staying = [together.revision_of(task) for task in together.live(seen) if together.stays(task)]
            if asked is None or self._is_done(asked, staying) or self.tasks.changed(seen):
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_SECONDS)

    def _is_done(self, asked: Asked, staying: Sequence[str]) -> bool:
        revision = asked.revision
        return len(staying) == asked.replicas and staying.count(revision) >= asked.of_revision

    def _active(self, seen: Seen | None, tasks: Sequence[together.TaskSeen], revision: str) -> int:
        """Tasks that the Swarm means to keep and that do not drain; some have no record yet."""
        draining = {r.id for r in self.records.replicas() if r.draining_since is not None}
        return sum(
            together.stays(task)
            and together.revision_of(task) == revision
            and together.name_of(seen, task) not in draining
            for task in tasks
            if seen is not None
        )

    def _check(self, found: Spec | None, generation: int) -> None:
        """The fence in the Swarm itself: the change that follows names the version that this was read from."""
        newest = int((found or {}).get("Labels", {}).get(labels.GENERATION, 0))
        if generation < newest:
            raise StaleGeneration(
                f"a newer intent for {self._name} was already accepted",
                where=self.services.address,
                why=f"It has generation {newest}, this one {generation}.",
                fix="Another controller owns the service now; nothing was changed.",
            )

    async def stop(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        """Of the common service the Swarm chooses which tasks end; those that live on take requests again."""
        records = await asyncio.to_thread(self.records.replicas)
        tasks = {record.id for record in records if is_task(record) and record.id in set(replicas)}
        if not tasks:
            await super().stop(revision, replicas, generation=generation)
            return
        key = f"capacity:{revision}"
        await self._alone(key, generation, lambda: self.check_drained(revision, frozenset(replicas)))
        await asyncio.to_thread(self._end, revision, tasks, generation)
        own = [name for name in replicas if name not in tasks]
        await super().stop(revision, own, generation=generation)

    def _end(self, revision: RevisionId, tasks: set[str], generation: int) -> None:
        """Blocks until the Swarm has chosen. While it replaces a batch, which may be these, nothing is done.

        Where it keeps two tasks in one place, an update that changes nothing lets it end one of them.
        """
        is_settled = self._is_settled()
        if is_settled and self._given_back(revision, len(tasks), generation):
            return
        if not is_settled and (self._put_back(revision, generation) or not self._is_doubled()):
            return
        seen = self._seen()
        revisions = {together.revision_of(task) for task in together.live(seen) if together.stays(task)}
        chosen = {together.name_of(seen, t) for t in together.live(seen) if seen and together.stays(t)} & tasks

        def decide(found: Spec | None) -> Asked | None:
            self._check(found, generation)
            last = self._patterns.asked()
            if found is None or not chosen or last is None:
                return None
            left = max(0, _replicas(found) - (len(chosen) if is_settled else 0))
            full = left if len(revisions) == 1 else last.full
            of_revision = 0 if is_settled else last.of_revision
            return Asked(_sized(found, left, generation), dict(found), of_revision, full, last.former)

        self._changed(decide)
        self._is_settled()
        self._let_live(tasks)

    def _put_back(self, revision: RevisionId, generation: int) -> bool:
        """Whether the Swarm was asked for the former revision again, of which it has kept all tasks so far."""
        asked = self._patterns.asked()
        seen = self._seen()
        if asked is None or seen is None or self.tasks.changed(seen):
            return False
        former = together.kept_beside(together.live(seen), revision)
        return self._former_again(former, asked, Batch(replicas=asked.replicas, at_once=1, generation=generation))

    def _given_back(self, revision: RevisionId, count: int, generation: int) -> bool:
        """Whether tasks of the newest revision that the Swarm started by itself, where others had ended, are
        replaced by the former one's. With fewer places than both are to have, it would swap them for ever."""
        asked, seen = self._patterns.asked(), self._seen()
        if asked is None or not asked.former or asked.revision != revision or self.tasks.changed(seen):
            return False
        there = [together.revision_of(task) for task in together.live(seen) if together.stays(task)]
        surplus = min(count, there.count(revision) - asked.of_revision)
        if surplus <= 0:
            return False
        batch = Batch(replicas=asked.replicas, at_once=surplus, generation=generation)
        return self._former_again(asked.former, asked, batch)

    def _former_again(self, former: str, asked: Asked, batch: Batch) -> bool:
        """Whether this revision, as it was asked for once, is asked for again."""
        pattern = self._patterns.of(former) if former else None
        if pattern is None or self.update is None:
            return False
        spec = together.asked(pattern, self.supervisor.home, batch, self.update)

        def decide(found: Spec | None) -> Asked | None:
            self._check(found, batch.generation)
            return Asked(spec, dict(found), full=asked.full, former=asked.revision) if found is not None else None

        self._changed(decide)
        self._is_settled()
        return True

    def _is_doubled(self) -> bool:
        asked = self._patterns.asked()
        return asked is not None and together.is_doubled(together.live(self._seen()), asked.revision)

    def _let_live(self, tasks: set[str]) -> None:
        seen = self._seen()
        staying = {together.name_of(seen, t) for t in together.live(seen) if seen and together.stays(t)} & tasks
        with self.records.alone():
            for record in self.records.replicas():
                if record.id in staying:
                    self.records.keep(replace(record, draining_since=None))


def _replicas(spec: Spec) -> int:
    return int(spec["Mode"]["Replicated"]["Replicas"])


def _sized(spec: Spec, replicas: int, generation: int) -> dict[str, Any]:
    """The same, of so many tasks."""
    whose = {**spec["Labels"], labels.GENERATION: str(generation)}
    return {**spec, "Labels": whose, "Mode": {"Replicated": {"Replicas": replicas}}}


def _again(asked: Asked, found: Spec | None, generation: int) -> Asked:
    """What other hands changed is put back first."""
    whose = {**asked.spec["Labels"], labels.GENERATION: str(generation)}
    return structs.replace(asked, spec={**asked.spec, "Labels": whose}, before=dict(found) if found else None)
