"""Walks a change through its phases. Each command may be killed anywhere and run again."""

import time
from collections.abc import Callable
from itertools import chain

from msgspec.structs import replace

from shipway.adapters.databases import journal
from shipway.adapters.databases.alone import alone_on
from shipway.adapters.databases.backfill import Filling
from shipway.adapters.databases.journal import Record, Walk
from shipway.adapters.databases.pausing import Pausing, Terms
from shipway.adapters.databases.proofs import ChangeRefused, Evidence, Verified, refuse, shape_of, staying
from shipway.adapters.databases.proving import Proving
from shipway.adapters.databases.session import Session
from shipway.adapters.databases.together import Making, Opener, Together
from shipway.errors import ShipwayError
from shipway.model.phase import Phase
from shipway.schema.beside import apart
from shipway.schema.change import Change, Written
from shipway.schema.operations import makes_table, others
from shipway.schema.operations.built import Batch, Built, Check
from shipway.schema.table import Table

BEGUN = ".begun"
TAKE_SECONDS, TAKE_SECONDS_MAX = 0.1, 5.0
"""How long a server may take to notice that a command which was killed is gone."""
REVERT = "revert"
"""The step that is noted when a change begins to be taken back: from then on nothing else can be done with it."""


class ChangeEdited(ShipwayError):
    """The file says something else than it did when the change began."""

    code = "change-edited"


class Runner:
    """One change on one database. `told` gets a line for each step, `walked` how far a backfill is.

    `waited` gets the seconds that are left of a freeze; what it raises thaws it.
    """

    def __init__(
        self,
        session: Session,
        change: Change,
        *,
        told: Callable[[str], None],
        waited: Callable[[float], None] = lambda left: None,
        opened: Opener | None = None,
    ) -> None:
        self.session, self.change, self.told, self.waited = session, change, told, waited
        self.opened = opened
        """Another session, for each table that is filled beside others; without it they follow each other."""
        self.terms = Terms(asks=change.pause)
        """What a backfill waits for."""

    def record(self) -> Record | None:
        """How far it is. Raises `ChangeEdited`."""
        found = journal.record(self.session, self.change.name)
        if found is not None and found.digest != self.change.digest:
            raise ChangeEdited(
                f"{self.change.name} was begun from a file that said something else",
                where=self.change.file,
                why="Its later phases would not fit what is in the database.",
                fix="Put back what the file said, or `shipway schema revert` it with that file first.",
            )
        return found

    def tables(self) -> tuple[Table, ...]:
        """As they were when it began, or as they are. Raises `NoTable`."""
        found = self.record()
        return found.tables if found else self._tables()

    def build(self, tables: tuple[Table, ...]) -> tuple[Built, ...]:
        """SQL for every phase. Raises `Unfit`."""
        return tuple(
            self.session.dialect.operation(one.operation).build(
                one.options, table, change=f"{self.change.name}_{at}", where=one.where
            )
            for at, (one, table) in enumerate(zip(self.change.steps, tables, strict=True))
        )

    def reach(self, phase: Phase, walked: Callable[[Walk], None]) -> Phase:
        """At least this phase, from wherever it is. Raises `ShipwayError`."""
        found = self.record()
        now = found.phase if found else Phase.ABSENT
        if now < min(phase, Phase.DUAL_WRITING):
            now = self.expand()
        if now < min(phase, Phase.BACKFILLED):
            now = self.backfill(walked)
        if now < min(phase, Phase.SWITCHED):
            now = self.switch()
        if now < phase:
            if not self.is_contracting():
                refuse(self.evidence(), where=self.change.file)
                self.freeze()
            now = self.contract()
        return now

    def expand(self) -> Phase:
        """The new shape, and both kept true. Raises `ShipwayError`."""
        self._take()
        found, tables = self.record(), self.tables()
        if found is None:
            alone_on(self.session, self.change, tables)
        else:
            self._open(Phase.ABSENT, "expand")
        built = self.build(tables)
        if found is None:
            change = self.change
            journal.begin(self.session, change.name, file=change.file, digest=change.digest, tables=tables)
        self._all("expand", [one.expand for one in built], Phase.EXPANDED)
        return self._all("dual-write", [one.dual_write for one in built], Phase.DUAL_WRITING)

    def backfill(self, walked: Callable[[Walk], None]) -> Phase:
        """Every row in the new shape, what needs that, and a look whether it is so."""
        self._take()
        self._open(Phase.DUAL_WRITING, "expand")
        built = self.build(self.tables())
        self._fill(built, walked)
        self._proven(built)
        self._all("finish", [one.finish for one in built], None)
        return self._reach(Phase.BACKFILLED)

    def verify(self) -> tuple[Verified, ...]:
        """Counts rows that are not right. Changes nothing but the note that it was looked."""
        self._open(Phase.DUAL_WRITING, "expand")
        found = self._verified(self.build(self.tables()))
        if not any(one.wrong for one in found):
            journal.verify(self.session, self.change.name)
        return found

    def switch(self) -> Phase:
        """From here on code may read the new shape. Raises `ChangeRefused` unless every row is right."""
        self._take()
        self._open(Phase.BACKFILLED, "backfill")
        self._proven(self.build(self.tables()))
        return self._reach(Phase.SWITCHED)

    def evidence(self) -> Evidence:
        """Whether the old shape may go. Raises `ChangeRefused` before the switch."""
        found, built = self._from(Phase.SWITCHED, "switch"), self.build(self.tables())
        old = [one for part in built for one in part.old]
        seen = [
            self.session.dialect.used(self.session, table=table, old=column, new=new)
            for table, column, new in old
            if new != column
        ]
        proving = self.proving()
        return Evidence(
            waits_seconds=max(0.0, self.change.hold_seconds - found.age_seconds),
            wrong=tuple(one for one in self._verified(built) if one.wrong),
            dependents=self.dependents(built),
            used=None if None in seen else tuple(text for one in seen for text in one or ()),
            shape=shape_of(old),
            is_named=any(new != column for _, column, new in old),
            broken=proving.broken(),
        )

    def dependents(self, built: tuple[Built, ...]) -> tuple[str, ...]:
        """What else in the database uses an old column, and would stay: contract waits until it is gone."""
        found = [name for one in built for table, column, _ in one.old for name in self._dependents(table, column)]
        return staying((*found, *self.proving().bodies()), [one for part in built for one in part.leaving])

    def is_contracting(self) -> bool:
        """Whether a contract was begun: its proofs were given, and there is no way back."""
        done = journal.steps(self.session, self.change.name) if self.record() else frozenset()
        return any(step.startswith("contract.") for step in done)

    def proving(self) -> Proving:
        """Who uses the old shape, and the freeze that comes before its contract."""
        return self.session.dialect.proving(self.session, self.change.name, self.build(self.tables()))

    def freeze(self) -> None:
        """Nobody may use the old shape for a while. Raises `FreezeBroken` when somebody does: it is back then.

        Where it would show nothing, it says so and does nothing.
        """
        self._take()
        self._from(Phase.SWITCHED, "switch")
        one = self.proving()
        if self.change.freeze_seconds <= 0 or not one.old:
            return
        if not one.reach().is_proof:
            self.told("no freeze: nobody's use of the old shape could be stopped or seen here")
            return
        self.told("freeze the old shape")
        one.run(self.change.freeze_seconds, self.waited)

    def contract(self) -> Phase:
        """The old shape goes. No way back; whoever calls it has looked at the evidence, and frozen it."""
        self._take()
        self._from(Phase.SWITCHED, "switch")
        self.proving().thaw()
        return self._all("contract", [one.contract for one in self.build(self.tables())], Phase.CONTRACTED)

    def revert(self) -> None:
        """Back to the old shape. Raises `ChangeRefused` once a contract was begun."""
        self._take()
        found = self.record()
        if found is None:
            return
        if found.phase == Phase.CONTRACTED or self.is_contracting():
            raise self._refused(
                f"{self.change.name} has no way back",
                "Its contract was begun: the old shape is gone.",
                "Write a new change that makes what you need.",
            )
        self.proving().thaw()
        built = self.build(self.tables())
        done = journal.steps(self.session, self.change.name)
        undone = [
            batch
            for number, one in reversed([*enumerate(built)])
            for batch in one.revert
            if batch.undoes is None or _is_begun(f"{batch.undoes[0]}.{number}.{batch.undoes[1]}", done)
        ]
        self._nothing_lost(undone)
        self._nothing_in_the_way(built)
        self.session.together([journal.done(self.session, self.change.name, REVERT)])
        for batch in undone:
            self.told(batch.what)
            self.session.undo(batch)
        journal.forget(self.session, self.change.name)

    def _nothing_lost(self, undone: list[Batch]) -> None:
        for check in (batch.keeps for batch in undone if batch.keeps is not None):
            if check.when and self.session.rows(check.when)[0][0] is not True:
                continue
            if count := int(str(self.session.rows(check.query)[0][0])):
                raise self._refused(
                    f"{count} rows would be lost: it does not hold that {check.what}",
                    "They are nowhere else.",
                    "Keep them: go on to contract. Or copy and delete them, then revert again.",
                )

    def _nothing_in_the_way(self, built: tuple[Built, ...]) -> None:
        for check in (check for one in built for check in one.reversible):
            if wrong := self._checked(check).wrong:
                raise self._refused(
                    f"{wrong} rows are in the way back: it does not hold that {check.what}",
                    "The old shape has no room for them, and nothing that code wrote is thrown away.",
                    "Change these rows, then `shipway schema revert` again.",
                )

    def _dependents(self, table: str, column: str) -> list[str]:
        return self.session.dialect.dependents(self.session, table, column)

    def _tables(self) -> tuple[Table, ...]:
        found = tuple(self._table(one) for one in self.change.steps)
        apart(self.change.steps, found)
        return found

    def _table(self, step: Written) -> Table:
        dialect, schema, name = self.session.dialect, step.options.get("schema", ""), step.options["table"]
        read = dialect.new_table if makes_table(dialect.operation(step.operation)) else dialect.read_table
        table = read(self.session, schema, name, where=step.where)
        also = tuple(
            dialect.read_table(self.session, schema, step.options[option], where=step.where)
            for option in others(step.operation)
        )
        return replace(table, others=also) if also else table

    def _take(self) -> None:
        journal.prepare(self.session)
        until = time.monotonic() + TAKE_SECONDS_MAX
        while not (is_ours := journal.is_ours(self.session, self.change.name)) and time.monotonic() < until:
            time.sleep(TAKE_SECONDS)
        if not is_ours:
            raise ChangeRefused(
                f"Another command works on {self.change.name}",
                where=self.change.file,
                why="Two at once would be in each other's way.",
                fix="Wait for it, or end it: the next one goes on where it stopped.",
            )

    def _refused(self, what: str, why: str, fix: str) -> ChangeRefused:
        return ChangeRefused(what, where=self.change.file, why=why, fix=fix)

    def _from(self, least: Phase, before: str) -> Record:
        found = self.record()
        if found is None or found.phase < least:
            now = found.phase.label if found else Phase.ABSENT.label
            raise ChangeRefused(
                f"{self.change.name} is {now}, and this needs {least.label}",
                where=self.change.file,
                why="The phases of a change follow each other.",
                fix=f"Run `shipway schema {before}` first.",
            )
        self._goes_forward()
        return found

    def _goes_forward(self) -> None:
        """Raises `ChangeRefused` where it is being taken back: parts of it are gone."""
        if self.record() is not None and REVERT in journal.steps(self.session, self.change.name):
            raise self._refused(
                f"{self.change.name} is being taken back",
                "A `revert` was begun, and ended before it was done.",
                "Run `shipway schema revert` once more.",
            )

    def _open(self, least: Phase, before: str) -> Record:
        """Also that the old shape is still there."""
        found = self._from(least, before)
        if found.phase == Phase.CONTRACTED:
            raise self._refused(
                f"{self.change.name} is contracted", "It is at its end.", "There is nothing to do."
            )
        if self.is_contracting():
            why = "The old shape is gone, and this would look for it."
            fix = "Run `shipway schema contract` again: it goes on where it stopped."
            raise self._refused(f"{self.change.name} is being contracted", why, fix)
        return found

    def _all(self, phase: str, parts: list[tuple[Batch, ...]], reached: Phase | None) -> Phase:
        done = journal.steps(self.session, self.change.name)
        for number, batches in enumerate(parts):
            for at, batch in enumerate(batches):
                step = f"{phase}.{number}.{at}"
                if step not in done:
                    self.told(batch.what)
                    self._announce(step, batch, done)
                    self.session.step(batch, journal.done(self.session, self.change.name, step))
        return self._reach(reached) if reached is not None else Phase.ABSENT

    def _announce(self, step: str, batch: Batch, done: frozenset[str]) -> None:
        """What is built concurrently is noted before it begins; what was there is somebody else's."""
        if not batch.builds or step + BEGUN in done:
            return
        if self.session.rows("SELECT to_regclass(%s) IS NOT NULL", (batch.builds,))[0][0] is True:
            raise self._refused(
                f"{batch.builds} is there already",
                "This change did not make it, so it would neither build nor drop it.",
                "Take another name, or leave the step out.",
            )
        self.session.together([journal.done(self.session, self.change.name, step + BEGUN)])

    def _reach(self, phase: Phase) -> Phase:
        journal.reach(self.session, self.change.name, phase)
        return phase

    def _fill(self, built: tuple[Built, ...], walked: Callable[[Walk], None]) -> None:
        numbered = [*enumerate(zip(built, self.tables(), strict=True))]
        by_table: dict[str, list[Making]] = {}
        for number, (one, table) in numbered:
            if one.backfill:
                by_table.setdefault(table.sql, []).append(self._making(number, one, table))
        if self.opened is not None and len(by_table) > 1:
            Together(self.opened, [*by_table.values()], walked).run()
            return
        for make in chain(*by_table.values()):
            make(self.session).run(walked)

    def _making(self, number: int, one: Built, table: Table) -> Making:
        """From its beginning where it was done, and rows are wrong all the same."""
        backfill, change, step = one.backfill, self.change, f"backfill.{number}"
        assert backfill is not None
        types = {self.session.dialect.quoted(column.name): column.type for column in table.columns}
        before = journal.walk(self.session, change.name, step)
        is_anew = before is not None and before.is_done and any(check.wrong for check in self._verified((one,)))

        def make(session: Session) -> Filling:
            filling = Filling(session, backfill, types, Pausing(session, change.name, step, self.terms))
            if is_anew:
                filling.begin()
            return filling

        self.told(f"backfill {table.name}")
        return make

    def _verified(self, built: tuple[Built, ...]) -> tuple[Verified, ...]:
        return tuple(self._checked(check) for one in built for check in one.verify)

    def _checked(self, check: Check) -> Verified:
        wrong = int(str(self.session.rows(check.query)[0][0]))
        sample = self.session.rows(check.sample) if wrong and check.sample else []
        return Verified(what=check.what, wrong=wrong, sample=tuple(str(row) for row in sample))

    def _proven(self, built: tuple[Built, ...]) -> None:
        for one in self._verified(built):
            if one.wrong:
                raise ChangeRefused(
                    f"{one.wrong} rows are not right: it does not hold that {one.what}",
                    where=self.change.file,
                    why=f"For example {', '.join(one.sample)}. Something wrote around the trigger."
                    if one.sample
                    else "They were there, or something wrote around the trigger.",
                    fix="Find what it was, then `shipway schema backfill` again: it repairs what it can.",
                )
        journal.verify(self.session, self.change.name)


def _is_begun(step: str, done: frozenset[str]) -> bool:
    return step in done or step + BEGUN in done
