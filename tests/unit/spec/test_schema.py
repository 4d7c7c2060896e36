"""The JSON Schema says the same as the loader, as far as a schema can."""

from pathlib import Path
from typing import Any

import pytest

from shipway.spec import reference, schema
from shipway.spec.tree import parse
from unit.spec.samples import FULL, LEAST

jsonschema = pytest.importorskip("jsonschema")


def errors(text: str) -> list[str]:
    data = schema.as_json(parse(text, file="shipway.yaml").data)
    validator: Any = jsonschema.Draft202012Validator(schema.schema())
    return [error.json_path for error in validator.iter_errors(data)]


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.schema())


@pytest.mark.parametrize("text", [reference.text(), LEAST, FULL, LEAST + "canary:\nsmoke:\n"])
def test_what_loads_is_valid(text: str) -> None:
    assert not errors(text)


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[3] / "examples").glob("*/shipway.yaml")), ids=str)
def test_every_example_is_valid(path: Path) -> None:
    assert not errors(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ("rolback: {}", "$"),
        ("strategy: canery", "$.strategy"),
        ("canary: {bake: 15}", "$.canary.bake"),
        ("canary: {bake: 1h30m}", "$.canary.bake"),
        ("canary: {stages: [5%, 101%]}", "$.canary.stages[1]"),
        ("canary: {users_first: yes}", "$.canary.users_first"),
        ("health: {ready: {period: 0s}}", "$.health.ready.period"),
        ("health: {ready: {path: up}}", "$.health.ready.path"),
        ("traffic: {traefik: {}}", "$.traffic"),
        ("traffic: {envoy: {listen: 99999}}", "$.traffic.envoy.listen"),
        ("guard: {success_rate: '<= 99%'}", "$.guard.success_rate"),
        ('keep: "10"', "$.keep"),
        ("files: [1]", "$.files[0]"),
    ],
)
def test_what_is_wrong_is_invalid_at_its_place(lines: str, path: str) -> None:
    assert path in errors(LEAST + lines + "\n")
