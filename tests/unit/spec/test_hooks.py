"""Hooks as the file says them, in every form and under the names that Flagger gave them."""

from pathlib import Path

import pytest

from shipway.errors import ShipwayError
from shipway.model.hook import Hook
from shipway.spec.load import parse_release
from shipway.spec.wish import DURING_SECONDS, HOOK_SECONDS, hooks_of

LEAST = "service: a\nplatform: {process: {command: 'x {port}'}}\nhooks:\n"


def hooks(text: str) -> tuple[Hook, ...]:
    return hooks_of(parse_release(LEAST + text, path=Path("shipway.yaml")).file.hooks).calls


def call(moment: str, kind: str, target: str, timeout: float = HOOK_SECONDS) -> Hook:
    return Hook(moment=moment, kind=kind, target=target, timeout=timeout)


def test_one_or_a_list_a_command_or_an_address_with_a_time_or_without() -> None:
    text = "  after_stage: ./a\n  on_rollback: [./b, 'https://c/d', {url: 'http://e', timeout: 2m}]\n"
    assert hooks(text + "  during_stage: {command: ./f}\n") == (
        call("during_stage", "command", "./f", DURING_SECONDS),
        call("after_stage", "command", "./a"),
        call("on_rollback", "command", "./b"),
        call("on_rollback", "http", "https://c/d"),
        call("on_rollback", "http", "http://e", 120.0),
    )


def test_flaggers_names_stand_for_ours_and_come_after_them() -> None:
    text = "  confirm-promotion: ./a\n  pre-rollout: ./c\n  before_stage: ./b\n"
    assert [(hook.moment, hook.target) for hook in hooks(text)] == [
        ("before_stage", "./b"),
        ("before_stage", "./c"),
        ("before_switch", "./a"),
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("  before_stage: {timeout: 1m}\n", "names nothing to call"),
        ("  before_stage: {url: ./x}\n", "is not an address"),
        ("  before_stage: {command: a, url: 'http://b'}\n", "has command, url"),
        ("  after_stage: {command: a, timeout: 5}\n", "5"),
        ("  rollback: ./a\n", "rollback is no moment here"),
        ("  before: ./a\n", "before"),
    ],
)
def test_what_is_wrong_is_told_in_four_lines(text: str, what: str) -> None:
    with pytest.raises(ShipwayError) as caught:
        hooks(text)
    assert what in str(caught.value)
    assert len(str(caught.value).splitlines()) == 4
