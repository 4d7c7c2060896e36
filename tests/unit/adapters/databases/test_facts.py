"""What a real PostgreSQL says of its tables."""

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
