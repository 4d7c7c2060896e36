"""squawk, the linter that most people use, beside ours: what both say of the same statements.

Every statement of a corpus is a file of its own, alone and inside of a transaction, for two server versions.
"""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from shipway.schema.hazards import hazards
from shipway.schema.lint.check import check
from shipway.schema.lint.tables import Server
from shipway.schema.sql.parse import Source

SQUAWK = Path(sys.executable).parent / "squawk"
TYPES = (
    "bigint",
    "int",
    "smallint",
    "text",
    "varchar(20)",
    "char(2)",
    "timestamp",
    "timestamptz",
    "uuid",
    "jsonb",
    "serial",
)
ENDS = ("", "default 1", "default now()", "default gen_random_uuid()", "not null", "not null default 1", "unique",
        "references r (id)", "primary key", "check (a > 0)", "generated always as identity")  # fmt: skip
ALTERS = """
    add column if not exists a text | drop column a | drop column if exists a | alter a type bigint
    alter a type text using a::text | alter a set not null | alter a drop not null | alter a set default 1
    alter a drop default | add constraint c check (a > 0) | add constraint c check (a > 0) not valid
    validate constraint c | add constraint c foreign key (a) references r (id)
    add foreign key (a) references r (id)
    add constraint c foreign key (a) references r (id) not valid | add constraint c unique (a) | add unique (a)
    add constraint c unique using index i | add constraint c primary key (a) | add primary key (a)
    add constraint c primary key using index i | add constraint c exclude using gist (a with =)
    add constraint c not null a | add constraint c not null a not valid | rename a to b | rename to u
    rename constraint c to d | attach partition p for values from (1) to (2) | detach partition p
    detach partition p concurrently | set (fillfactor = 70) | set unlogged | disable trigger all
    drop constraint c | drop constraint if exists c | alter a add generated always as identity | set schema s
    enable row level security | add a bigint, add b bigint not null | add a bigint, drop b
"""
OTHERS = """
    create index i on t (a) | create unique index i on t (a) | create index concurrently i on t (a)
    create index concurrently if not exists i on t (a) | create index if not exists i on t (a) | drop index i
    drop index concurrently i | drop index concurrently if exists i | reindex table t
    reindex table concurrently t
    reindex index i | drop table t | drop table if exists t | drop table t cascade | drop view v | drop type e
    drop function f | drop sequence s | drop schema s | drop domain d | drop extension x | drop trigger g on t
    drop materialized view m | truncate t | truncate t cascade | drop database d | vacuum t | select 1
    insert into t values (1) | update t set a = 1 where id = 1 | update t set a = 1, a = 2 where id = 1
    delete from t
    create table n (id bigint) | create table if not exists n (id bigint, b varchar(3), c timestamp, d char, e int)
    create table n (id serial primary key, a smallint, b varchar) | create type e as enum ('a') | create sequence s
    alter view v rename to w | alter index i rename to j | alter sequence s rename to u | do $$ begin end $$
    create trigger g before insert on t for each row execute function f() | refresh materialized view m
    set lock_timeout = '1s' | set statement_timeout = '1s' | cluster t using i | comment on table t is 'x'
"""
SEQUENCES = (
    "begin; alter table t add a bigint; commit;",
    "begin; alter table t add a bigint;",
    "commit;",
    "begin; begin; commit;",
    "set lock_timeout = '1s'; alter table t add a bigint; alter table u add a bigint;",
    "set lock_timeout = '1s'; set statement_timeout = '1s'; alter table t add if not exists a bigint;",
    "begin; create table n (id bigint); create index i on n (id); alter table n add unique (id); commit;",
    "alter table t add constraint c check (a is not null) not valid; alter table t validate constraint c;"
    "alter table t alter a set not null;",
    "alter table t drop constraint if exists c; alter table t add constraint c check (a > 0) not valid;",
    "begin; alter table t add constraint c check (a > 0) not valid; alter table t validate constraint c; commit;",
    "begin; create index concurrently i on t (a); commit;",
)


def _split(text: str) -> list[str]:
    return [part.strip() for line in text.strip().splitlines() for part in line.split("|")]


def _corpus() -> list[str]:
    single = [f"alter table t add column a {kind} {end};" for kind, end in product(TYPES, ENDS)]
    single += [
        f"alter table {name} {part};" for part in _split(ALTERS) for name in ("t", 'only "T x"', "if exists s.t")
    ]
    single += [f"{part};" for part in _split(OTHERS)]
    return [*single, *(f"begin; {one} commit;" for one in single), *SEQUENCES]


Verdict = tuple[str, set[str], set[str]]
"""A text with the rules that squawk and Shipway see broken in it."""


@dataclass(frozen=True)
class Agreement:
    """Verdicts of both on squawk's own rules."""

    agreed: int
    differ: Counter[str]
    files: int

    @property
    def share(self) -> float:
        """Of all verdicts."""
        return self.agreed / (self.agreed + self.differ.total())


def both(folder: Path) -> list[Verdict]:
    """Of every text of the corpus."""
    texts = _corpus()
    theirs = squawked(folder, texts)
    server = Server(version=18)
    ours = [{rule for one in check(Source(text, "m"), server) for rule in one.rules} for text in texts]
    return [(text, theirs.get(number, set()), ours[number]) for number, text in enumerate(texts)]


def squawked(folder: Path, texts: list[str]) -> dict[int, set[str]]:
    """Rules of squawk by the number of a text, each a file of its own."""
    for number, text in enumerate(texts):
        (folder / f"{number}.sql").write_text(text)
    files = [str(folder / f"{number}.sql") for number in range(len(texts))]
    command = [str(SQUAWK), "--reporter", "json", "--pg-version", "18.0", *files]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    found: dict[int, set[str]] = {}
    for one in said:
        found.setdefault(int(Path(one["file"]).stem), set()).add(one["rule_name"])
    return found


def known() -> set[str]:
    """Its rules that a hazard of ours looks for too."""
    return {rule for hazard in hazards() for rule in hazard.squawk}


def agreement(verdicts: list[Verdict]) -> Agreement:
    """How often both say the same."""
    rules = known()
    agreed, differ = 0, Counter[str]()
    for text, theirs, ours in verdicts:
        agreed += len(theirs & ours & rules)
        differ.update(f"squawk {rule}: {text}" for rule in (theirs - ours) & rules)
        differ.update(f"ours {rule}: {text}" for rule in ours - theirs)
    return Agreement(agreed, differ, len(verdicts))
