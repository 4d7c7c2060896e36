"""What certain users are expected to have, and what they do have: tests of a file of flags, without code."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shipway.flags.client import FeatureFlags
from shipway.flags.fields import json
from shipway.flags.load import data_and_places
from shipway.flags.load import read as read_text
from shipway.flags.model import Json
from shipway.spec.problems import InputErrors, WrongValue

FORM = "Write a list of `- {flag: new-checkout, user: {user_id: 42}, expect: true}`."


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One user, one flag, and what is right."""

    flag: str
    user: dict[str, Json]
    expect: bool | str
    """Whether the flag is on, or the variant's name."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an expectation."""

    expectation: Expectation
    found: bool | str
    because: str

    @property
    def is_met(self) -> bool:
        """Whether the user has what is right."""
        return self.found == self.expectation.expect


def read(path: Path) -> list[Expectation]:
    """The expectations of a file. Raises `InputErrors`."""
    data, _ = data_and_places(read_text(path), str(path))
    items = json(data)
    if not isinstance(items, list) or not items:
        raise _wrong(path, "there is no list of expectations")
    return [_expectation(path, number, item) for number, item in enumerate(items, start=1)]


def outcomes(expectations: Sequence[Expectation], text: str) -> list[Outcome]:
    """What users have of the flags of a text."""
    flags = FeatureFlags.of(text)
    made = []
    for one in expectations:
        found = flags.explain(one.flag, one.user)
        is_variant = isinstance(one.expect, str)
        has = (found.variant or "") if is_variant else found.enabled
        made.append(Outcome(expectation=one, found=has, because=found.because))
    return made


def _expectation(path: Path, number: int, item: Json) -> Expectation:
    if not isinstance(item, dict) or set(item) != {"flag", "user", "expect"}:
        raise _wrong(path, f"item {number} has not the keys flag, user and expect")
    flag, user, expect = item["flag"], item["user"], item["expect"]
    if not isinstance(flag, str) or not isinstance(user, dict) or not isinstance(expect, bool | str):
        raise _wrong(path, f"item {number} has a flag, a user or an expectation that cannot be one")
    return Expectation(flag=flag, user=user, expect=expect)


def _wrong(path: Path, what: str) -> InputErrors:
    why = "Each item says which user should have which flag: true, false, or the name of a variant."
    return InputErrors([WrongValue(what, where=str(path), why=why, fix=FORM)], file=str(path))
