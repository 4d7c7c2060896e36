"""A key of MariaDB that comes to its end: refused with what to run instead, and that is run, while code writes."""

import shlex
import shutil
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest

from mariadb import dumped, mariadb, mariadb_server, rows, run  # noqa: F401 - fixtures
from platforms.schema.mariadb_traffic import Writer, writing
from platforms.schema.test_mariadb_changes import runner
from shipway.model.phase import Phase
from shipway.schema.operations.built import Unfit

SETUP = (
    "CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(80)) ENGINE=InnoDB",
    "INSERT INTO users (name) SELECT CONCAT('u', seq) FROM seq_1_to_3000",
    "CREATE TABLE bills (id BIGINT AUTO_INCREMENT PRIMARY KEY, buyer INT NOT NULL, code VARCHAR(9) NOT NULL,"
    " UNIQUE KEY (code), CONSTRAINT bought FOREIGN KEY (buyer) REFERENCES users (id)) ENGINE=InnoDB",
    "INSERT INTO bills (buyer, code) SELECT 1 + seq MOD 3000, seq FROM seq_1_to_9000",
    "CREATE TABLE codes (code VARCHAR(9) PRIMARY KEY, name TEXT) ENGINE=InnoDB",
)
TYPE = "SELECT COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND {}"
TOOL = "pt-online-schema-change"
TO_BIGINT = "change_type: {{table: {}, column: {}, to: bigint}}"


def refused(uri: str, step: str) -> Unfit:
    """Before anything happens."""
    before = dumped(uri)
    with runner(uri, step) as one, pytest.raises(Unfit) as found:
        one.expand()
    assert dumped(uri) == before
    return found.value


@pytest.mark.parametrize(
    ("step", "why", "fix"),
    [
        (TO_BIGINT.format("users", "id"), "bought of shop_", "Drop bought of shop_"),
        (
            TO_BIGINT.format("bills", "buyer"),
            "bought of bills needs one type at both ends.",
            "Drop bought of bills",
        ),
        (TO_BIGINT.format("bills", "id"), "It numbers the rows", f"Copy it beside the writers: {TOOL}"),
        (
            "change_type: {table: codes, column: code, to: varchar(20)}",
            "It is part of the primary key",
            "'MODIFY `code` varchar(20) COLLATE utf8mb4_general_ci NOT NULL' D=shop_",
        ),
    ],
)
def test_a_key_is_refused_with_what_to_do_instead(step: str, why: str, fix: str, mariadb: str) -> None:  # noqa: F811
    run(mariadb, *SETUP)
    error = refused(mariadb, step)
    assert error.what.endswith("in place") and error.where
    assert why in error.why and fix in error.fix


@pytest.mark.timeout(300)
def test_what_is_told_instead_widens_both_ends_of_a_foreign_key(mariadb: str) -> None:  # noqa: F811
    run(mariadb, *SETUP)
    command = refused(mariadb, TO_BIGINT.format("users", "id")).fix.partition("this end: ")[2]
    writer = Writer(uri=mariadb, column="name", value="CONCAT('w', %(n)s)", seed=1)
    run(mariadb, "ALTER TABLE bills DROP FOREIGN KEY bought, ALGORITHM=INSTANT, LOCK=NONE")
    if shutil.which(TOOL):
        socket = parse_qs(urlsplit(mariadb).query)["unix_socket"][0]
        with writing(writer):
            subprocess.run([*shlex.split(command), "--socket", socket, "--user", "root"], check=True, timeout=200)
        assert writer.errors == []
        said = dict(rows(mariadb, "SELECT id, name FROM users"))
        assert {row: f"w{number}" for row, number in writer.wrote.items()}.items() <= said.items()
    else:
        run(mariadb, "ALTER TABLE users MODIFY id BIGINT NOT NULL AUTO_INCREMENT")
    for step in (
        TO_BIGINT.format("bills", "buyer"),
        "add_foreign_key: {table: bills, columns: buyer, references: users, to: id, name: bought}",
    ):
        with runner(mariadb, step, name="widen" if "buyer, to" in step else "again") as one:
            assert one.reach(Phase.CONTRACTED, lambda walk: None) == Phase.CONTRACTED
    types = rows(mariadb, TYPE.format("(TABLE_NAME, COLUMN_NAME) IN (('users', 'id'), ('bills', 'buyer'))"))
    assert [str(kind).partition("(")[0] for (kind,) in types] == ["bigint", "bigint"]
    run(
        mariadb, "INSERT INTO users (id, name) VALUES (5000000000, 'far')", "INSERT INTO users (name) VALUES ('x')"
    )
    assert rows(mariadb, "SELECT MAX(id) FROM users") == [(5000000001,)], "it still numbers its rows"
    run(mariadb, "INSERT INTO bills (buyer, code) VALUES (5000000001, 'far')")
