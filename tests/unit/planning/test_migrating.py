"""A release keeps the name of the adapter that its database needs."""

from importlib import import_module
from pathlib import Path

import pytest

from shipway.migrating import ANY, database_chosen
from shipway.spec.load import load
from unit.spec.samples import LEAST

SCHEMA = "schema:\n  database: file:url\n  changes:\n    moved: {file: m.yaml}\n"
CHANGE = "change: moved\nsteps:\n  - rename_column: {table: users, from: a, to: b}\n"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("postgresql://db.example/shop", "postgres"),
        ("host=db dbname=shop", "postgres"),
        ("mariadb://root@db/shop", "mariadb"),
        ("mysql+pymysql://root@db/shop", "mariadb"),
        ("sqlite:///shop.db", "sqlite"),
        ("", ANY),
    ],
)
def test_the_address_says_which_adapter_and_without_it_any_does(address: str, name: str, tmp_path: Path) -> None:
    if address:
        (tmp_path / "url").write_text(address)
    (tmp_path / "m.yaml").write_text(CHANGE)
    (tmp_path / "shipway.yaml").write_text(LEAST + SCHEMA)
    chosen = database_chosen(load(tmp_path / "shipway.yaml"))
    assert chosen is not None and chosen.name == name
    assert callable(import_module(f"shipway.adapters.databases.{name}").build)
