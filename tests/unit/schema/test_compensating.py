"""What is drafted for a migration of data, and what is left to its author."""

import pytest

from shipway.schema.compensating import drafts
from shipway.schema.sql.parse import Source

ALONE = {
    "UPDATE t SET a = b.x FROM b WHERE b.id = t.id": "joins other tables",
    "DELETE FROM t USING b WHERE b.id = t.id": "joins other tables",
    "INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING": "ON CONFLICT",
    "DO $$ BEGIN UPDATE t SET a = 1; END $$": "cannot be told",
    "UPDATE t SET WHERE": "cannot be told",
}


def drafted(text: str) -> list[tuple[tuple[str, ...], tuple[str, ...], str]]:
    return [(one.keep, one.back, one.note) for one in drafts(Source(text, "m/0008.sql"), lambda table: ("id",))]


@pytest.mark.parametrize("text", ALONE)
def test_what_it_cannot_know_is_said_and_nothing_is_drafted(text: str) -> None:
    ((keep, back, note),) = drafted(text)
    assert (keep, back) == ((), ()) and ALONE[text] in note


def test_an_update_keeps_what_it_reads_and_writes_and_knows_who_wrote_since() -> None:
    ((keep, back, note),) = drafted("UPDATE \"T\" SET a = b + 1 WHERE c LIKE 'x%'")
    assert keep == ("CREATE TABLE kept_0008_1 AS SELECT id, a, b FROM \"T\" WHERE c LIKE 'x%'",)
    assert back == (
        'UPDATE "T" t SET a = k.a FROM kept_0008_1 k WHERE t.id = k.id AND t.a IS NOT DISTINCT FROM (k.b + 1)',
    )
    assert note == ""


@pytest.mark.parametrize("value", ["now()", "random()", "current_timestamp", "(SELECT max(a) FROM t)", "f(a)"])
def test_a_value_that_is_another_one_later_tells_nothing_of_who_wrote_since(value: str) -> None:
    ((_, back, note),) = drafted(f"UPDATE t SET a = {value}")
    assert "IS NOT DISTINCT" not in back[0] and "written over" in note


def test_statements_that_change_no_rows_are_not_spoken_of() -> None:
    assert drafted("ALTER TABLE t ADD a int; SELECT 1; CREATE INDEX i ON t (a)") == []
