"""For each hazard: SQL that has it, and SQL that does the same without it."""

from shipway.schema.lint.tables import Server, Table, Transaction

HAZARDS: dict[str, tuple[str, str]] = {
    "alter-identity": (
        "alter table t alter a add generated always as identity;",
        "alter table t alter a set default 1;",
    ),
    "attach-partition": (
        "alter table t attach partition p for values from (1) to (2);",
        "create table p (like t); alter table t attach partition p for values from (1) to (2);",
    ),
    "backfill-in-transaction": (
        "begin; alter table t add a int; update t set a = 1 where id = 1; commit;",
        "begin; alter table t add a int; commit; update t set a = 1 where id = 1;",
    ),
    "build-timeout": (
        "set statement_timeout = '5s'; create index concurrently i on t (a);",
        "set statement_timeout = '5s'; set statement_timeout = 0; create index concurrently i on t (a);",
    ),
    "cascade": ("drop table t cascade;", "drop table t;"),
    "change-type": ("alter table t alter a type bigint;", "alter table t add a_new bigint;"),
    "check-before-backfill": (
        "alter table t add constraint c check (a is not null) not valid; update t set a = 1 where id < 9;",
        "update t set a = 1 where id < 9; alter table t add constraint c check (a is not null) not valid;",
    ),
    "check-constraint": (
        "alter table t add constraint c check (a > 0);",
        "alter table t add constraint c check (a > 0) not valid; alter table t validate constraint c;",
    ),
    "column-check": ("alter table t add a int check (a > 0);", "alter table t add a int;"),
    "column-primary-key": ("alter table t add id bigint primary key;", "alter table t add id bigint;"),
    "column-references": ("alter table t add a int references r (id);", "alter table t add a int;"),
    "column-unique": ("alter table t add a int unique;", "alter table t add a int;"),
    "concurrently-in-transaction": (
        "begin; create index concurrently i on t (a); commit;",
        "create index concurrently i on t (a);",
    ),
    "create-index": ("create index i on t (a);", "create index concurrently i on t (a);"),
    "create-trigger": (
        "create trigger g before insert on t for each row execute function f();",
        "create table t (id int); create trigger g before insert on t for each row execute function f();",
    ),
    "default-dropped": (
        "alter table t add a int not null default 1; alter table t alter a drop default;",
        "alter table t add a int not null default 1; alter table t alter b drop default;",
    ),
    "detach-partition": ("alter table t detach partition p;", "alter table t detach partition p concurrently;"),
    "domain-constraint": (
        "alter domain d add constraint c check (value > 0);",
        "alter domain d add constraint c check (value > 0) not valid;",
    ),
    "domain-with-constraint": ("create domain d as int check (value > 0);", "create domain d as int;"),
    "drop-column": ("alter table t drop a;", "create table t (a int); alter table t drop a;"),
    "drop-constraint": ("alter table t drop constraint c;", "alter table t validate constraint c;"),
    "drop-database": ("drop database d;", "create database d;"),
    "drop-default": ("alter table t alter a drop default;", "alter table t alter a set default 1;"),
    "drop-index": ("drop index i;", "drop index concurrently i;"),
    "drop-not-null": ("alter table t alter a drop not null;", "alter table t alter a set default 1;"),
    "drop-object": ("drop view v;", "create view v as select 1;"),
    "drop-table": ("drop table t;", "create table t (id int); drop table t;"),
    "drop-trigger": ("drop trigger g on t;", "select 1;"),
    "duplicate-assignment": ("update t set a = 1, a = 2 where id = 1;", "update t set a = 1, b = 2 where id = 1;"),
    "dynamic-sql": ("do $$ begin execute 'drop table t'; end $$;", "drop table t;"),
    "enum-in-transaction": (
        "begin; alter type e add value 'x' after 'a'; insert into t values ('x'); commit;",
        "alter type e add value 'x' after 'a'; insert into t values ('x');",
    ),
    "enum-order": ("alter type e add value 'x';", "alter type e add value 'x' after 'a';"),
    "exclusion": (
        "alter table t add constraint c exclude using gist (a with =);",
        "alter table t validate constraint c;",
    ),
    "fixed-width": ("create table t (a char(3));", "create table t (a text);"),
    "foreign-key": (
        "alter table t add constraint c foreign key (a) references r (id);",
        "alter table t add constraint c foreign key (a) references r (id) not valid;",
    ),
    "identity-column": ("alter table t add a bigint generated always as identity;", "alter table t add a bigint;"),
    "json-column": ("create table t (a json);", "create table t (a jsonb);"),
    "limited-text": ("create table t (a varchar(3));", "create table t (a varchar);"),
    "lock-table": ("lock table t in share mode;", "lock table t in row share mode;"),
    "long-identifier": (
        f"create index concurrently {'i' * 64} on t (a);",
        f"create index concurrently {'i' * 63} on t (a);",
    ),
    "long-transaction": (
        "begin; alter table t add a int; alter table u add a int; commit;",
        "begin; alter table t add a int; commit; begin; alter table u add a int; commit;",
    ),
    "naive-time": ("create table t (a timestamp);", "create table t (a timestamptz);"),
    "narrow-integer": ("create table t (a int);", "create table t (a bigint);"),
    "no-lock-timeout": ("alter table t add a int;", "set lock_timeout = '50ms'; alter table t add a int;"),
    "no-statement-timeout": ("alter table t add a int;", "set statement_timeout = '5s'; alter table t add a int;"),
    "not-read": ("alter tabel t;", "alter table t add a int;"),
    "not-repeatable": ("create table t (a bigint);", "create table if not exists t (a bigint);"),
    "partitioned-index": (
        "create table t (a int) partition by range (a); create index concurrently i on t (a);",
        "create table t (a int); create index concurrently i on t (a);",
    ),
    "partitioned-key": (
        "create table t (a int) partition by range (a);"
        "alter table t add constraint c foreign key (a) references r (id) not valid;",
        "create table t (a int); alter table t add constraint c foreign key (a) references r (id) not valid;",
    ),
    "primary-key": (
        "alter table t add constraint c primary key (id);",
        "alter table t add constraint c primary key using index c;",
    ),
    "refresh-view": ("refresh materialized view m;", "refresh materialized view concurrently m;"),
    "reindex": ("reindex table t;", "reindex table concurrently t;"),
    "rename-column": ("alter table t rename a to b;", "alter table t add b int;"),
    "rename-object": ("alter view v rename to w;", "create view w as select 1;"),
    "rename-table": (
        "alter table t rename to u;",
        "begin; alter table t rename to u; create view t as select * from u; commit;",
    ),
    "required-column": ("alter table t add a int not null;", "alter table t add a int not null default 1;"),
    "rewrite-table": ("vacuum full t;", "vacuum t;"),
    "serial-column": ("alter table t add a bigserial;", "alter table t add a bigint;"),
    "serial-type": ("create table t (a bigserial);", "create table t (a bigint generated always as identity);"),
    "session-setting": (
        "begin; set lock_timeout = '50ms'; commit;",
        "begin; set local lock_timeout = '50ms'; commit;",
    ),
    "set-not-null": (
        "alter table t alter a set not null;",
        "alter table t add constraint c check (a is not null) not valid; alter table t validate constraint c;"
        "alter table t alter a set not null;",
    ),
    "set-null-required": (
        "create table t (a int not null references r (id) on delete set null);",
        "create table t (a int references r (id) on delete set null);",
    ),
    "set-schema": ("alter table t set schema s;", "select 1;"),
    "stored-column": (
        "alter table t add a int generated always as (b + 1) stored;",
        "alter table t add a int generated always as (b + 1) virtual;",
    ),
    "transaction-nesting": ("commit;", "begin; commit;"),
    "truncate": ("truncate t;", "delete from t where id < 100;"),
    "truncate-cascade": ("truncate t cascade;", "truncate t;"),
    "uncommitted": ("begin; select 1;", "begin; select 1; commit;"),
    "unique-constraint": (
        "alter table t add constraint c unique (a);",
        "alter table t add constraint c unique using index c;",
    ),
    "validate-in-transaction": (
        "begin; alter table t add constraint c check (a > 0) not valid;"
        "alter table t validate constraint c; commit;",
        "alter table t add constraint c check (a > 0) not valid; alter table t validate constraint c;",
    ),
    "view-without-invoker": (
        "alter table t enable row level security; create view v as select * from t;",
        "alter table t enable row level security;create view v with (security_invoker = true) as select * from t;",
    ),
    "volatile-default": (
        "alter table t add a uuid default gen_random_uuid();",
        "alter table t add a timestamptz default now();",
    ),
    "whole-table-write": ("update t set a = 1;", "update t set a = 1 where id between 1 and 9;"),
}


def _asked(**facts: object) -> Server:
    return Server(version=17, tables={"t": Table(rows=9, size_bytes=9, **facts)}, is_asked=True)  # type: ignore[arg-type]


KNOWN: dict[str, tuple[Server, str, str]] = {
    "cached-plan": (
        _asked(stars=("select * from t",)),
        "alter table t add b int;",
        "alter table t alter b set default 1;",
    ),
    "column-in-use": (
        _asked(users={"a": ("view v",)}),
        "alter table t drop a;",
        "alter table t drop b;",
    ),
    "generated-write": (
        _asked(always=frozenset({"id"})),
        "update t set id = id where id < 9;",
        "update t set a = 1, id = default where id < 9; insert into t (id) overriding system value values (1);",
    ),
    "lost-statistics": (
        _asked(types={"a": "character varying(20)"}),
        "alter table t alter a type varchar(40);",
        "alter table t alter a type varchar(40); analyze t;",
    ),
    "old-transaction": (
        Server(version=17, oldest=Transaction(pid=7, name="report", seconds=90.0), is_asked=True),
        "create index concurrently i on t (a);",
        "create index i on t (a);",
    ),
    "replicated-trigger": (
        _asked(is_replicated=True),
        "create trigger g before insert on t for each row execute function f();",
        "create trigger g before insert on t for each row execute function f();"
        " alter table t enable always trigger g;",
    ),
    "whole-row-trigger": (
        _asked(whole_row_triggers=("g",)),
        "alter table t add b int generated always as (a + 1) stored;",
        "alter table t add b int;",
    ),
}
"""Hazards that only a database can tell: what it says, SQL that has it, and SQL that has not."""
