"""Who uses an old shape, and what a freeze would show, as people and machines read it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pytest

from shipway.adapters.databases.proofs import Evidence
from shipway.adapters.databases.proving import Connected, Reach, Usage, Use
from shipway.cli.render import schema, using
from shipway.cli.render.paint import Paint
from shipway.cli.shell.searching import NoCode, StillNamed, none_in, searched
from unit.cli.golden import same
from unit.cli.test_golden import fits

PLAIN = Paint()
COUNTED = "12 times: SELECT email FROM users WHERE id = $1"
USE = Use(
    table="public.users",
    column="email",
    following="email_address",
    statements=(COUNTED,),
    stars=3,
    objects=("view letters", "plpgsql function remind(bigint)"),
)
FOUND = Usage(
    change="email_address",
    uses=(USE,),
    counted_seconds=90_000.0,
    forgotten=2,
    sessions=(
        Connected(application="shop 1.9.0", role="shop", count=12, oldest_seconds=4000.0),
        Connected(application="nightly-report", role="reports", count=1, oldest_seconds=30.0),
    ),
)
QUIET = Usage(
    change="email_address",
    uses=(Use(table="public.users", column="email", following="", statements=None, stars=0, objects=()),),
)
CODE = {
    "app/report.py": "total = 0\nSQL = 'SELECT email FROM users WHERE id = %s'\n",
    "app/form.py": "email = field()\n",
    "app/new.py": "SQL = 'SELECT email_address FROM users'\n",
    "migrations/0007.sql": "ALTER TABLE users ADD COLUMN email text; SELECT email FROM users;\n",
    "node_modules/x.js": "SELECT email FROM users\n",
    "README.md": "SELECT email FROM users\n",
    "picture.bin": "\0 SELECT email FROM users",
}


class Old:
    """What goes, as `Proving` has it."""

    old: Mapping[str, Sequence[str]] = MappingProxyType({"public.users": ("email",)})


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in CODE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return Path()


def test_code_that_names_the_old_column_is_found_and_what_is_no_code_is_not(tree: Path) -> None:
    said = searched(tree, Old.old, without=Path("migrations"))
    assert [(one.file, one.line, one.is_statement) for one in said.found] == [
        ("app/report.py", 2, True),
        ("app/form.py", 1, False),
    ]


def test_only_sql_in_code_stops_a_contract(tree: Path) -> None:
    none_in(None, Old(), where="migrations/0007.yaml")  # type: ignore[arg-type]
    with pytest.raises(StillNamed, match="SQL in 1 lines"):
        none_in(tree, Old(), where="migrations/0007.yaml")  # type: ignore[arg-type]
    (tree / "app/report.py").unlink()
    none_in(tree, Old(), where="migrations/0007.yaml")  # type: ignore[arg-type]
    with pytest.raises(NoCode):
        none_in(tree / "scr", Old(), where="migrations/0007.yaml")  # type: ignore[arg-type]


def test_usage_says_who_and_what_is_not_known(tree: Path) -> None:
    said = searched(tree, Old.old, without=Path("migrations"))
    lines = [*using.usage(FOUND, said, PLAIN), "-- where nothing is known", *using.usage(QUIET, None, PLAIN)]
    same("schema-usage", lines)
    fits(lines)
    assert (FOUND.is_used, QUIET.is_used) == (True, False)
    data = json.loads(json.dumps(using.as_data(FOUND, said)))
    assert data["columns"][0]["statements"] == [COUNTED] and data["code"][0]["sql"] is True


REACHES = {
    "roles, and no log": Reach(
        roles=("shop", "reports"), beyond=("postgres",), owners=("admin",), counts_writes=True
    ),
    "an owner alone": Reach(beyond=("shop",), owners=("shop",), counts_writes=True),
    "nothing": Reach(owners=("shop",)),
}


def test_a_freeze_says_what_it_shows_and_what_it_cannot() -> None:
    lines = [line for name, one in REACHES.items() for line in (f"-- {name}", *schema.reach(one, 3600.0, PLAIN))]
    broken = Evidence(waits_seconds=0.0, wrong=(), dependents=(), used=(), broken="3 writes were counted")
    lines += ["-- after a broken one", *schema.evidence(broken, PLAIN)]
    same("schema-freeze", lines)
    fits(lines)
