"""Columns of one table out of what pg_restore prints."""

from shipway.adapters.databases.postgres.unpacking import ROWS, chosen
from shipway.schema.sql.names import divided

SCRIPT = b"""--
SET row_security = off;

COPY public.other (id, email) FROM stdin;
1\tnot this one
\\.

COPY public."Us.ers" (id, "na,me", email, "position") FROM stdin;
1\tx\ta\\tb\t\\N
2\ty\t\\N\t7
\\.

COPY public.part (id, "na,me", email, "position") FROM stdin;
3\tz\tc\t8
\\.
"""
TABLES = ('public."Us.ers"', '"public".part')


def test_rows_of_a_table_and_its_parts_keep_the_columns_that_are_asked_for() -> None:
    found = b"".join(chosen(SCRIPT.splitlines(keepends=True), TABLES, ("email", "position", "na,me")))
    assert found == b"a\\tb\t\\N\tx\n\\N\t7\ty\nc\t8\tz\n"


def test_many_rows_come_in_blocks() -> None:
    lines = [b"COPY public.part (id) FROM stdin;\n", *(b"%d\n" % n for n in range(2 * ROWS + 1)), b"\\.\n"]
    blocks = [*chosen(lines, TABLES, ("id",))]
    assert [block.count(b"\n") for block in blocks] == [ROWS, ROWS, 1]


def test_names_are_divided_outside_of_quotation_marks_only() -> None:
    assert divided('public."a.""b"', ".") == ("public", 'a."b')
    assert divided('id, "x,y", z', ",") == ("id", "x,y", "z")
