"""What a real PostgreSQL says of its tables."""

import psycopg
import pytest

from postgres import database, postgres_server, run  # noqa: F401 - fixtures
from shipway.adapters.databases.errors import DatabaseError
from shipway.adapters.databases.postgres.facts import read_server

pytestmark = pytest.mark.real


def test_sizes_types_and_proofs(database: str) -> None:  # noqa: F811
    run(
        database,
        'CREATE TABLE "Order" (id bigint PRIMARY KEY, name varchar(20), note text, "Total" numeric(10, 2))',
        'INSERT INTO "Order" SELECT n, n, n FROM generate_series(1, 5000) n',
        'ALTER TABLE "Order" ADD CHECK (note IS NOT NULL)',
        'ALTER TABLE "Order" ADD CHECK ("Total" IS NOT NULL) NOT VALID',
        "CREATE TABLE parted (id int) PARTITION BY RANGE (id)",
        "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (10)",
        "ALTER TABLE parted ENABLE ROW LEVEL SECURITY",
        'ANALYZE "Order"',
    )
    server = read_server(database)
    order = server.tables["Order"]
    assert server.version == 18
    assert order.rows == 5000
    assert order.size_bytes > 100_000
    assert order.types["name"] == "character varying(20)"
    assert order.required == {"id"}
    assert order.proven == {"note"}, "a check that was never validated proves nothing"
    assert server.tables["parted"].is_partitioned
    assert server.tables["parted"].has_policies


def test_no_answer_is_an_error_without_the_password() -> None:
    with pytest.raises(DatabaseError) as error:
        read_server("postgresql://shop:secret@127.0.0.1:1/shop")
    assert "secret" not in str(error.value)


def test_what_else_needs_a_column_and_what_it_computes(database: str) -> None:  # noqa: F811
    run(
        database,
        "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, b text,"
        " c int GENERATED ALWAYS AS (a + 1) STORED, d int DEFAULT 3 CHECK (d > 0))",
        "CREATE TABLE other (t bigint REFERENCES t (id))",
        "CREATE VIEW v AS SELECT b FROM t",
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT max(b) FROM t; END",
        "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'begin perform b from t; return new; end'",
        "CREATE POLICY p ON t USING (b <> '')",
        "CREATE STATISTICS s ON a, d FROM t",
        "CREATE TRIGGER whole AFTER UPDATE ON t FOR EACH ROW WHEN (old.a <> new.a) EXECUTE FUNCTION g()",
        "CREATE TABLE u (a int)",
        "CREATE TRIGGER early BEFORE UPDATE ON u FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*)"
        " EXECUTE FUNCTION g()",
    )
    server = read_server(database)
    t = server.tables["t"]
    assert (t.always, t.has_generated, t.whole_row_triggers) == ({"id", "c"}, True, ())
    assert server.tables["u"].whole_row_triggers == ("early",)
    assert t.users["b"] == ("function f()", "policy p on table t", "view v")
    assert t.users["a"] == (
        "default value for column c of table t",
        "statistics object s",
        "trigger whole on table t",
    )
    assert t.users["id"] == ("constraint other_t_fkey on table other",)
    assert t.users["d"] == ("statistics object s",), "its own default and check go with it"
    assert "perform b from t" in server.functions["g()"]


def test_transactions_that_are_open_and_tables_that_are_replicated(database: str) -> None:  # noqa: F811
    run(
        database,
        "CREATE TABLE t (id int)",
        "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false)",
        "INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate)"
        " SELECT oid, 't'::regclass, 'r' FROM pg_subscription WHERE subname = 's'",
    )
    try:
        assert read_server(database).oldest is None
        with psycopg.connect(database, application_name="report") as report:
            report.execute("SELECT 1")
            server, pid = read_server(database), report.info.backend_pid
        assert server.oldest is not None
        assert (server.oldest.name, server.oldest.pid) == ("report", pid)
        assert server.tables["t"].is_replicated
    finally:
        run(
            database,
            "DELETE FROM pg_subscription_rel",
            "ALTER SUBSCRIPTION s SET (slot_name = NONE)",
            "DROP SUBSCRIPTION s",
        )
