"""`checklist`: what contradicts itself is told before anything is looked up."""

from pathlib import Path

import jsonschema
import pytest

from shipway.spec.load import parse_release
from shipway.spec.problems import InputErrors
from shipway.spec.schema import schema

HEAD = 'service: a\nplatform: {process: {command: "x {port}"}}\nchecklist: '


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{github: shop}", "names no repository"),
        ("{github: a/b, gitlab: a/b}", "a commit is tested in one place"),
        ("{alerts: [A]}", "says nothing without `checklist.prometheus`"),
        ("{prometheus: http://p}", "says nothing without `checklist.alerts`"),
        ("{dashboards: [d/abc]}", "is no address"),
        ("{notify: 'https://hooks/x'}", "names no variable"),
        ("{valid: 0s}", "valid"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(written: str, said: str) -> None:
    with pytest.raises(InputErrors) as wrong:
        parse_release(HEAD + written, path=Path("shipway.yaml"))
    [error] = wrong.value.errors
    assert said in f"{error.what} {error.why}" and error.where.startswith("shipway.yaml:3:")


def test_one_word_requires_it_and_other_words_say_nothing() -> None:
    assert parse_release(f"{HEAD}required", path=Path("shipway.yaml")).file.checklist.required
    with pytest.raises(InputErrors):
        parse_release(f"{HEAD}wanted", path=Path("shipway.yaml"))
    rules = schema()["properties"]["checklist"]
    assert [jsonschema.Draft202012Validator(rules).is_valid(one) for one in ("required", "wanted", {}, None)] == [
        *(True, False, True, True)
    ]
