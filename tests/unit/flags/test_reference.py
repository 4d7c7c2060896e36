"""The reference, the schema and the reader know the same keys."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shipway.flags import parse, reference, schema
from shipway.flags.fields import json
from shipway.flags.load import parse_flags
from shipway.flags.model import Flag, Holdout, Rollout, Target
from shipway.flags.reading import quickly
from unit.flags.test_client import GUIDE_FILE

ROOT = Path(__file__).parents[3]
FLAG = ("features", "new-checkout")
SECTIONS = {
    (): parse.FILE_KEYS,
    FLAG: parse.FLAG_KEYS,
    (*FLAG, "rollout"): parse.ROLLOUT_KEYS,
    (*FLAG, "targeting"): parse.TARGET_KEYS,
    (*FLAG, "variants", "control"): parse.VARIANT_KEYS,
    (*FLAG, "schedule"): parse.CHANGE_KEYS,
    ("segments", "staff"): parse.SEGMENT_KEYS,
    ("exclusive", "checkout-experiments"): parse.EXCLUSIVE_KEYS,
    ("holdouts", "winter"): parse.HOLDOUT_KEYS,
}
NAMES = {FLAG, ("features", "new-cart"), ("segments", "staff"), ("exclusive", "checkout-experiments")}
NAMES |= {("holdouts", "winter"), (*FLAG, "variants", "control"), (*FLAG, "variants", "bold")}


def errors(text: str) -> list[str]:
    validator: Any = jsonschema.Draft202012Validator(schema.schema())
    return [error.json_path for error in validator.iter_errors(json(quickly(text)))]


def test_every_key_is_in_the_reference_and_no_other() -> None:
    known = {(*path, key) for path, keys in SECTIONS.items() for key in keys}
    assert set(reference.entries()) - NAMES == known


def test_every_key_says_what_it_means() -> None:
    for entry in reference.entries().values():
        assert entry.meaning.endswith("."), entry.name
    for line in reference.text().splitlines():
        assert len(line) <= 90, line


def test_the_defaults_that_are_stated_hold() -> None:
    said = {
        entry.name.removeprefix("features.new-checkout."): entry.default for entry in reference.entries().values()
    }
    flag, target = Flag(name="f"), Target(segment="s")
    assert (said["kill"], said["enabled"], said["targeting.enabled"]) == ("false", "true", "true")
    assert (flag.is_killed, flag.enabled, target.enabled) == (False, True, True)
    assert (said["rollout.percentage"], said["rollout.by"]) == ("100", Rollout().by)
    assert (said["cohort"], flag.is_of_release) == ("own", False)
    assert said["holdouts.winter.by"] == Holdout(name="h", share=Rollout().share).by


def test_the_page_in_the_documentation_is_up_to_date() -> None:
    page = (ROOT / "docs" / "reference" / "flag-file.md").read_text(encoding="utf-8")
    assert page == reference.page(), "write it again with: python -m shipway.flags.reference"


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.schema())


@pytest.mark.parametrize(
    "text", [reference.text(), GUIDE_FILE, "features:\n  a:\n  b: {rollout: {percentage: 25%}}\n"]
)
def test_what_loads_is_valid(text: str) -> None:
    parse_flags(text, file="f")
    assert errors(text) == []


@pytest.mark.parametrize(
    "lines",
    [
        "enabld: true",
        "rollout: {percentage: 101}",
        "targeting: [{enabled: true}]",
        "cohort: relase",
        "variants: {a: -1}",
        "requires: new-cart",
        "allowlist: [{}]",
        "schedule: [{at: 2027-03-01T09:00:00Z}]",
    ],
)
def test_what_is_wrong_is_invalid(lines: str) -> None:
    assert errors(f"features:\n  f:\n    {lines}\n")[0].startswith("$.features.f")
