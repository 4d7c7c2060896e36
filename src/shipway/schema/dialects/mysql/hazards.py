"""What a migration of MySQL or MariaDB can do to an application. Names are PostgreSQL's where it is the same."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from shipway.schema.dialects.mysql.altering import Altered, Part
from shipway.schema.dialects.mysql.costs import MARIADB, Cost, Place, Way, costs
from shipway.schema.dialects.mysql.words import Said
from shipway.schema.hazards import named
from shipway.schema.lint.hazard import Found, Hazard, Level


@dataclass(frozen=True, kw_only=True)
class Step:
    """One statement with what is known when it runs."""

    said: Said
    altered: Altered | None
    place: Place
    created: frozenset[str]
    """Tables that this file made, which nobody uses yet."""
    settings: frozenset[str]
    """Variables that this file has set."""
    is_first_lock: bool

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Its words as keywords."""
        return tuple(word.key for word in self.said.words)

    @property
    def used(self) -> Altered | None:
        """The ALTER, if its table is in use."""
        return None if self.altered is None or self.altered.table in self.created else self.altered

    @cached_property
    def costs(self) -> list[tuple[Part, Cost]]:
        """Of each part of an ALTER of a table in use."""
        return costs(self.used.parts, self.place) if self.used else []


Find = Callable[[Step], Iterator[Found]]
WORDS = {
    Way.INSTANT: ("INSTANT", "NONE"),
    Way.BUILT: ("NOCOPY", "NONE"),
    Way.REBUILT: ("INPLACE", "NONE"),
    Way.SHARED: ("INPLACE", "SHARED"),
    Way.COPIED: ("COPY", "SHARED"),
}


def _how(way: Way, place: Place) -> str:
    algorithm, lock = WORDS[way]
    return (
        f"ALGORITHM={'INPLACE' if algorithm == 'NOCOPY' and place.dialect != MARIADB else algorithm}, LOCK={lock}"
    )


def _part(step: Step, part: Part) -> str:
    words = [word for word in part.words if word.end]
    text = step.said.between(words[0], words[-1])
    return text if text.upper().startswith(part.words[0].key) else f"{part.words[0].text} {text}"


def copies(step: Step) -> Iterator[Found]:
    """Nobody writes until the copy is there."""
    for part, found in step.costs:
        if found.way == Way.COPIED and not (not found.is_sure and step.altered and step.altered.algorithm):
            table = step.altered.table if step.altered else ""
            refuses = step.altered is not None and step.altered.algorithm in ("INSTANT", "NOCOPY", "INPLACE")
            what = (
                f"The server refuses this, since it can only copy {table}"
                if refuses
                else (f"{table} is copied under ALGORITHM=COPY, LOCK=SHARED, and nobody writes to it meanwhile")
            )
            yield Found(what=f"{what}: {found.why}.", fix=tuple(_instead(step, part)), table=table)


def _instead(step: Step, part: Part) -> Iterator[str]:
    table = step.altered.target if step.altered else ""
    if part.has("FOREIGN", "KEY"):
        yield "SET SESSION foreign_key_checks = 0;  -- old rows are not looked at: count orphans afterwards"
        yield f"ALTER TABLE {table} {_part(step, part)}, {_how(Way.BUILT, step.place)};"
        yield "SET SESSION foreign_key_checks = 1;"
    elif part.begins("MODIFY") or part.begins("CHANGE"):
        is_by_phases = step.place.dialect == MARIADB and not part.has("AUTO_INCREMENT")
        pair = "-- a second column, kept equal by triggers: `shipway schema new NAME change_type`"
        yield from [pair] if is_by_phases else _copied_beside(step, part)
        same = f"ALTER TABLE {table} {_part(step, part)}, {_how(Way.REBUILT, step.place)};"
        yield f"-- if the type stays what it is: {same}"
    elif part.has("CHECK") and step.place.dialect == MARIADB:
        yield "-- by an invisible column, in an instant: `shipway schema new NAME add_check`"
    elif part.begins("ADD") and part.is_column:
        yield f"-- the column without a default, then in batches: UPDATE {table} SET … WHERE … LIMIT 1000;"
    else:
        yield from _copied_beside(step, part)


def _copied_beside(step: Step, part: Part) -> Iterator[str]:
    if step.place.dialect == MARIADB and step.place.release >= (11, 2):
        target = step.altered.target if step.altered else ""
        yield f"ALTER TABLE {target} {_part(step, part)}, ALGORITHM=COPY, LOCK=NONE;"
        yield "-- it takes twice the room, and replicas do it after the primary"
    else:
        yield "-- by pt-online-schema-change or gh-ost, which copy it beside the writers"


def rebuilds(step: Step) -> Iterator[Found]:
    """Writers go on; replicas do not."""
    for part, found in step.costs:
        if found.way == Way.REBUILT and step.altered:
            why = f": {found.why}" if found.why else ""
            yield Found(
                what=f"{step.altered.table} is written anew beside writers{why}. Replicas stand still as long.",
                fix=(f"ALTER TABLE {step.altered.target} {_part(step, part)}, {_how(Way.REBUILT, step.place)};",),
                table=step.altered.table,
            )


def stops_writers(step: Step) -> Iterator[Found]:
    """An index that is built under LOCK=SHARED."""
    for _, found in step.costs:
        if found.way == Way.SHARED and step.altered:
            yield Found(
                what=f"Nobody writes to {step.altered.table} meanwhile: {found.why}.",
                fix=("-- by pt-online-schema-change or gh-ost, or in a second table that is filled first",),
                table=step.altered.table,
            )


def unsaid(step: Step) -> Iterator[Found]:
    """Without ALGORITHM the server takes the best that it can, which may be a copy."""
    one = step.used
    worst = max((found.way for _, found in step.costs), default=None)
    if one is None or not one.parts or one.algorithm or worst is None or worst >= Way.SHARED:
        return
    if any(part.begins("RENAME") for part in one.parts):
        return
    text, how = step.said.between(step.said.words[0], step.said.words[-1]), _how(worst, step.place)
    is_index = step.keys[0] in ("CREATE", "DROP")
    yield Found(
        what=f"If {one.table} is not as it is thought to be, the server copies it instead, without a word.",
        fix=(f"{text} {how.replace(',', '')};" if is_index else f"{text}, {how};",),
        table=one.table,
    )


def no_timeout(step: Step) -> Iterator[Found]:
    """Told once, at the first statement that needs a table for itself."""
    if step.is_first_lock and "lock_wait_timeout" not in step.settings:
        or_else = " Or ALTER TABLE … NOWAIT." if step.place.dialect == MARIADB else ""
        yield Found(
            what="While it waits for one long transaction, every other query on the table waits behind it.",
            fix=(f"SET SESSION lock_wait_timeout = 1;  -- and try again when it runs out.{or_else}",),
        )


def renames_column(step: Step) -> Iterator[Found]:
    """Also by CHANGE."""
    for part in step.used.parts if step.used else ():
        words = [word for word in part.words if word.key not in ("COLUMN", "IF", "EXISTS")]
        is_change = part.begins("CHANGE") and len(words) > 2 and words[1].text != words[2].text
        if is_change or part.begins("RENAME", "COLUMN"):
            yield Found(
                what=f"Code that runs names {words[1].text}, and fails from then on.",
                fix=("-- both names side by side: `shipway schema new NAME rename_column`",),
                table=step.used.table if step.used else "",
            )


def renames_table(step: Step) -> Iterator[Found]:
    """By either statement."""
    by_alter = any(
        part.begins("RENAME") and part.keys[1:2] not in (("COLUMN",), ("INDEX",), ("KEY",))
        for part in (step.used.parts if step.used else ())
    )
    if by_alter or step.keys[:2] == ("RENAME", "TABLE"):
        table = step.used.table if step.used else step.said.words[2].text
        if table not in step.created:
            fix = f"-- and at once: CREATE VIEW {table} AS SELECT * FROM its new name;"
            yield Found(what=f"Code that runs names {table}, and fails from then on.", fix=(fix,), table=table)


def drops_column(step: Step) -> Iterator[Found]:
    """Data goes, and code fails that names it."""
    for part in step.used.parts if step.used else ():
        if part.begins("DROP") and part.is_column:
            yield Found(
                what=f"{part.column} goes with its data, and code that names it fails.",
                fix=("-- when no code names it: `shipway schema new NAME drop_column`",),
                table=step.used.table if step.used else "",
            )


def requires_column(step: Step) -> Iterator[Found]:
    """NOT NULL without a default: old code leaves it out."""
    for part in step.used.parts if step.used else ():
        is_required = part.begins("ADD") and part.is_column and part.has("NOT", "NULL")
        if is_required and not any(part.has(word) for word in ("DEFAULT", "GENERATED", "AS", "AUTO_INCREMENT")):
            yield Found(
                what=f"Old code does not name {part.column}, so each of its INSERTs fails in strict mode.",
                fix=("-- with a DEFAULT, or NULL until no old code runs",),
                table=step.used.table if step.used else "",
            )


def drops(kind: str) -> Find:
    """DROP TABLE, DROP DATABASE."""

    def find(step: Step) -> Iterator[Found]:
        if step.keys[:2] == ("DROP", kind) or (kind == "DATABASE" and step.keys[:2] == ("DROP", "SCHEMA")):
            name = next((word.text for word in step.said.words[2:] if word.key not in ("IF", "EXISTS")), "")
            if name not in step.created:
                fix = f"-- RENAME TABLE {name} TO {name}_old; and drop that when nobody has missed it"
                what = f"{name} goes with its data, and code that names it fails."
                yield Found(what=what, fix=(fix,) if kind == "TABLE" else (), table=name)

    return find


def truncates(step: Step) -> Iterator[Found]:
    """All rows go, under a lock."""
    if step.keys[:1] == ("TRUNCATE",):
        name = step.said.words[-1].text
        if name not in step.created:
            yield Found(what=f"Every row of {name} goes, at once and for good.", fix=(), table=name)


def writes_all(step: Step) -> Iterator[Found]:
    """UPDATE or DELETE without WHERE, or with one that has no bound."""
    if step.keys[:1] in (("UPDATE",), ("DELETE",)) and "WHERE" not in step.keys and "LIMIT" not in step.keys:
        skipped = ("LOW_PRIORITY", "IGNORE", "QUICK", "FROM")
        name = next((word.text for word in step.said.words[1:] if word.key not in skipped), "")
        if name not in step.created:
            yield Found(
                what=f"One transaction locks every row of {name} until it ends, and replicas stand still as long.",
                fix=("-- in batches along the primary key, each its own transaction: … WHERE id > ? AND id <= ?",),
                table=name,
            )


def is_dynamic(step: Step) -> Iterator[Found]:
    """What is run is known only when it runs."""
    if step.keys[:1] in (("PREPARE",), ("EXECUTE",), ("CALL",), ("SOURCE",)):
        yield Found(what="Cannot analyse: what this runs is known only when it runs.", fix=("-- write it as SQL",))


def unread(step: Step) -> Iterator[Found]:
    """The scanner gave up."""
    if not step.said.words:
        yield Found(what="Cannot analyse: this is no SQL that MySQL would read.", fix=())


def _new(name: str, title: str, why: str, level: Level = Level.HAZARD) -> Hazard:
    return Hazard(name=name, title=title, why=why, find=lambda step: iter(()), level=level)


def _same(name: str, why: str = "") -> Hazard:
    """One of PostgreSQL's, without its lock and its rules, and with a reason of its own where that differs."""
    hazard = named(name)
    return replace(hazard, lock=None, squawk=(), why=why or hazard.why)


RULES: tuple[tuple[Hazard, Find], ...] = (
    (
        _new(
            "copies-table",
            "A table that is copied",
            "Until each row is in the copy, INSERT, UPDATE and DELETE wait; the table is on the disk twice.",
        ),
        copies,
    ),
    (
        _new(
            "stops-writers",
            "An index that is built under LOCK=SHARED",
            "INSERT, UPDATE and DELETE wait until the whole index is built.",
        ),
        stops_writers,
    ),
    (
        _new(
            "rebuilds-table",
            "A table that is written anew",
            "It stops nobody but for a moment at both ends, yet each replica does it again and nothing else.",
            Level.ADVICE,
        ),
        rebuilds,
    ),
    (
        _new(
            "algorithm-unsaid",
            "ALTER TABLE without ALGORITHM and LOCK",
            "With them the server refuses what would stop writers; without them it stops them.",
            Level.ADVICE,
        ),
        unsaid,
    ),
    (_same("no-lock-timeout"), no_timeout),
    (_same("rename-column"), renames_column),
    (_same("rename-table"), renames_table),
    (_same("drop-column"), drops_column),
    (_same("required-column"), requires_column),
    (_same("drop-table"), drops("TABLE")),
    (_same("drop-database"), drops("DATABASE")),
    (_same("truncate", "It is DDL: it commits, and no transaction brings the rows back."), truncates),
    (
        _same(
            "whole-table-write",
            "Writers of any row wait until the end, and an error at the end repeats all of it.",
        ),
        writes_all,
    ),
    (_same("dynamic-sql"), is_dynamic),
    (_same("not-read"), unread),
)
NAMES = tuple(hazard.name for hazard, _ in RULES)
