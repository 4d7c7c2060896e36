"""What a flag says to whom: the order of its parts, and what users are."""

from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest

from shipway.flags import FeatureFlags
from shipway.flags.evaluate import compile_file
from shipway.flags.load import parse_flags
from shipway.flags.schedule import as_of, next_change

LADDER = (
    ("kill: true", "kill"),
    ("requires: [parent]", "requires"),
    ("blocklist: [{user_id: 1}]", "blocklist"),
    ("allowlist: [{user_id: 1}]", "allowlist"),
    ("enabled: false", "switch"),
    ("targeting: [{rule: user.user_id == 1}]", "targeting"),
)


def flags(features: str, rest: str = "") -> FeatureFlags:
    return FeatureFlags.of(f"features: {{{features}}}\n{rest}")


@pytest.mark.parametrize("first", range(len(LADDER)))
def test_what_stands_higher_wins_over_everything_below(first: int) -> None:
    lines = ", ".join(line for line, _ in LADDER[first:])
    asked = flags(f"parent: {{enabled: false}}, f: {{{lines}}}").explain("f", user_id=1)
    assert asked.reason == LADDER[first][1]
    assert asked.enabled == (asked.reason in ("allowlist", "targeting"))


def test_holdouts_and_exclusive_groups_stand_between_the_switch_and_targeting() -> None:
    line = "f: {targeting: [{rule: 'true'}]}, g: {targeting: [{rule: 'true'}]}"
    held = flags(line, "holdouts: {h: {percentage: 100, flags: [f]}}\nexclusive: {e: {flags: {f: 0, g: 100}}}\n")
    assert held.explain("f", user_id=1).reason == "holdout"
    assert held.explain("g", user_id=1).enabled
    assert flags(line, "exclusive: {e: {flags: {f: 0, g: 100}}}\n").explain("f", user_id=1).reason == "exclusive"
    assert flags("f: {allowlist: [{user_id: 1}]}", "holdouts: {h: {percentage: 100}}\n").is_enabled("f", user_id=1)


def test_rules_are_asked_in_order_and_the_first_that_holds_decides() -> None:
    asked = flags(
        "f: {rollout: {percentage: 0}, variants: {a: 1, b: 0}, targeting: ["
        "{rule: user.region == 'eu', enabled: false}, {segment: staff, variant: b}, {rule: has(user.region)}]}",
        "segments: {staff: {rule: user.email.endsWith('@acme.com'), users: [{user_id: 7}]}}\n",
    )
    assert not asked.is_enabled("f", user_id=7, region="eu")
    assert asked.variant("f", user_id="7", region="us") == "b"
    assert asked.variant("f", user_id=8, email="x@acme.com") == "b"
    assert asked.variant("f", user_id=8, region="us") == "a"
    assert not asked.is_enabled("f", user_id=8)


def test_a_rule_that_cannot_be_answered_does_not_hold() -> None:
    asked = flags("f: {rollout: {percentage: 0}, targeting: [{rule: user.age >= 18}, {rule: '!(user.x == 1)'}]}")
    assert asked.is_enabled("f", user_id=1, age=18)
    assert not asked.is_enabled("f", user_id=1, age="18")
    assert not asked.is_enabled("f", user_id=1)


def test_versions_are_compared_as_semver_org_says() -> None:
    ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11"]
    ordered += ["1.0.0-rc.1", "1.0.0", "1.9.0", "v1.10.0", "2.0.0+build"]
    for lower, higher in pairwise(ordered):
        rule = f"semver(user.app) > semver('{lower}')"
        asked = flags(f'f: {{rollout: {{percentage: 0}}, targeting: [{{rule: "{rule}"}}]}}')
        assert asked.is_enabled("f", app=higher), (lower, higher)
        assert not asked.is_enabled("f", app=lower)
        assert not asked.is_enabled("f", app="latest")


@pytest.mark.parametrize("same", ["123", 123.0, b"123"])
def test_a_number_and_its_text_are_one_user(same: object) -> None:
    for share in range(0, 101, 5):
        asked = flags(f"f: {{rollout: {{percentage: {share}}}}}")
        assert asked.is_enabled("f", user_id=123) == asked.is_enabled("f", user_id=same)
    assert flags("f: {enabled: false, allowlist: [{user_id: '123'}]}").is_enabled("f", user_id=same)


@pytest.mark.parametrize("nobody", [None, "", float("nan"), float("inf"), b""])
def test_who_has_no_name_is_in_no_part_but_in_the_whole(nobody: object) -> None:
    asked = flags("f: {rollout: {percentage: 99.999}}, g: {}")
    assert not asked.is_enabled("f", user_id=nobody)
    assert not asked.is_enabled("f")
    assert asked.is_enabled("g", user_id=nobody)
    assert asked.is_enabled("g")


def test_users_are_known_by_what_the_flag_says() -> None:
    asked = flags("f: {rollout: {percentage: 50, by: account}}")
    answers = {asked.is_enabled("f", user_id=user, account="acme") for user in range(100)}
    assert len(answers) == 1
    assert asked.is_enabled("f", account=UUID(int=5)) == asked.is_enabled("f", account=str(UUID(int=5)))


def test_entries_of_a_list_hold_as_a_whole() -> None:
    asked = flags("f: {enabled: false, allowlist: [{user_id: 1, region: eu}, {email: a@b}]}")
    assert asked.is_enabled("f", user_id=1, region="eu")
    assert asked.is_enabled("f", email="a@b")
    assert not asked.is_enabled("f", user_id=1, region="us")


def test_values_have_the_type_of_their_default() -> None:
    asked = flags(
        "size: {value: 50}, ratio: {value: 0.5}, on: {value: true}, text: {value: '50'},"
        "off: {enabled: false, value: 1}, deep: {value: {a: [1, x, null]}},"
        "split: {variants: {a: {weight: 1, value: red}}}"
    )
    assert asked.value("size", 10) == 50
    assert asked.value("size", 1.0) == 50
    assert asked.value("ratio", 1) == 1
    assert asked.value("on", 5) == 5
    assert asked.value("on", False) is True
    assert asked.value("text", 1) == 1
    assert asked.value("off", 10) == 10
    assert asked.value("deep", {}) == {"a": [1, "x", None]}
    assert asked.value("split", "blue", user_id=1) == "red"
    assert asked.value("split", "blue") == "blue"
    assert asked.value("missing", 3) == 3


def test_scheduled_changes_hold_from_their_moment() -> None:
    file = parse_flags(
        "features: {f: {enabled: false, schedule: ["
        "{at: 2027-01-02T00:00:00Z, percentage: 100},"
        "{at: 2027-01-01T01:00:00+01:00, enabled: true, percentage: 0}]}}",
        file="f",
    )
    first, second = (datetime(2027, 1, day, tzinfo=UTC).timestamp() for day in (1, 2))

    def asked(now: float) -> str:
        return compile_file(as_of(file, now))["f"].decide({"user_id": 1}).reason

    assert (asked(first - 1), asked(first), asked(second - 1), asked(second)) == (
        "switch",
        "rollout",
        "rollout",
        "everybody",
    )
    assert [next_change(file, now) for now in (first - 1, first, second)] == [first, second, None]


def test_an_explanation_is_a_sentence() -> None:
    asked = flags("f: {rollout: {percentage: 25}}, g: {kill: true}, h: {requires: [g]}")
    assert str(asked.explain("f", user_id=1)) == (
        "f is off: user_id 1 stands at 54.174%, beyond the 25% of users who have it."
    )
    assert str(asked.explain("f")) == "f is off: 25% of users have it, and this one has no user_id."
    assert str(asked.explain("h", user_id=1)) == "h is off: it requires g, which is off for this user."
    assert str(asked.explain("x")) == "x is off: there is no flag of this name, so code gets its default."
