"""A file that is wrong is told exactly where, why and how to repair it."""

import pytest

from shipway.errors import ShipwayError
from shipway.flags.load import parse_flags
from shipway.flags.model import FlagFile
from shipway.spec.problems import InputErrors


def load(text: str) -> FlagFile:
    return parse_flags(text, file="feature-flags.yaml")


def wrong(text: str) -> ShipwayError:
    with pytest.raises(InputErrors) as caught:
        load(text)
    assert len(caught.value.errors) == 1, str(caught.value)
    return caught.value.errors[0]


def test_a_flag_of_one_line_is_on_for_everybody() -> None:
    flag = load("features:\n  a:\n").features["a"]
    assert flag.enabled
    assert flag.rollout.share == 100_000


@pytest.mark.parametrize(
    ("lines", "what", "place", "fix"),
    [
        ("enabld: true", "`features.f` has no key `enabld`", "3:5", "Did you mean `enabled`?"),
        ("enabled: yes", "features.f.enabled: `yes` is neither true nor false", "3:14", "Write true or false."),
        (
            "rollout: {percentage: 101}",
            "features.f.rollout.percentage: `101` is more than 100%",
            "3:27",
            "Write 0",
        ),
        (
            "rollout: {percentage: 0.0001}",
            "features.f.rollout.percentage: `0.0001` is too fine",
            "3:27",
            "Write at",
        ),
        (
            "rollout: {percentage: ten}",
            "features.f.rollout.percentage: `ten` is not a perc",
            "3:27",
            "Write 5, 25",
        ),
        (
            "rollout: {by: user-id}",
            "features.f.rollout.by: `user-id` cannot name an attribute",
            "3:19",
            "Write user",
        ),
        ("rollout: 25", "features.f.rollout: `25` stands where a mapping belongs", "3:14", "Write its keys"),
        (
            "targeting: [{rule: user.a = 1}]",
            "features.f.targeting[0].rule: the rule is wrong: `=`",
            "3:31",
            "Write ==",
        ),
        (
            "targeting: [{rule: 'user.a == '}]",
            "features.f.targeting[0].rule: the rule is wrong",
            "3:32",
            "Write a",
        ),
        (
            "targeting: [{rule: region == 'x'}]",
            "features.f.targeting[0].rule: the rule is wrong",
            "3:24",
            "Write us",
        ),
        ("targeting: [{enabled: true}]", "features.f.targeting[0]: it has no rule", "3:17", "Write `rule"),
        ("targeting: [{segment: s}]", "features.f.targeting[0].segment: there is no segment", "3:27", "Add the"),
        (
            "targeting: [{rule: 'true', variant: b}]",
            "features.f.targeting[0].variant: there is no v",
            "3:41",
            "Add",
        ),
        ("variants: {a: -1}", "features.f.variants.a: `-1` is not a weight", "3:19", "Write 50"),
        ("variants: {a: 0}", "features.f.variants: all weights are 0", "3:15", "Give one"),
        (
            "variants: {a: {weight: 1, value: 1}, b: {weight: 1, value: x}}",
            "features.f.variants.b.value: this",
            "",
            "",
        ),
        ("variants: {a: {value: 1}}", "`features.f.variants.a.weight` is missing", "3:16", "Add `weight: 50`."),
        ("requires: [g]", "features.f.requires[0]: there is no flag `g`", "3:16", "Did you mean"),
        ("requires: [f]", "features.f.requires: this is a circle: f requires f", "3:15", "Remove one"),
        ("allowlist: [123]", "features.f.allowlist[0]: `123` stands where a mapping", "3:17", "Write its keys"),
        (
            "allowlist: [{user_id: [1]}]",
            "features.f.allowlist[0].user_id: a list names nobody",
            "3:27",
            "Write `us",
        ),
        (
            "schedule: [{at: 2027-03-01, enabled: true}]",
            "features.f.schedule[0].at: `2027-03-01` says no",
            "3:21",
            "",
        ),
        (
            "schedule: [{at: 2027-03-01T09:00:00Z}]",
            "features.f.schedule[0]: it changes nothing",
            "3:16",
            "Add `per",
        ),
        ("cohort: relase", "features.f.cohort: `relase` is not known", "3:13", "Did you mean `release`?"),
        ("expires: 2027-02-30", "features.f.expires: `2027-02-30` is not a day", "3:14", "Write 2027-03-01."),
    ],
)
def test_each_mistake_is_said_with_its_place_and_repair(lines: str, what: str, place: str, fix: str) -> None:
    text = f"features:\n  f:\n    {lines}\n" + ("  gg:\n" if "requires: [g]" in lines else "")
    error = wrong(text)
    assert error.what.startswith(what)
    assert error.where.endswith(place)
    assert error.fix.startswith(fix)
    assert error.why


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("feature: {}\n", "A file of flags has no key `feature`"),
        ("features: {a b: {}}\n", "features.a b: `a b` cannot be a name"),
        ("features: {a: {}}\nexclusive: {g: {flags: {a: 60, b: 40}}}\n", "exclusive.g.flags.b: there is no flag"),
        (
            "features: {a: {}, b: {}}\nexclusive: {g: {flags: {a: 60, b: 41}}}\n",
            "exclusive.g.flags: the parts add",
        ),
        (
            "features: {a: {}}\nholdouts: {h: {percentage: 5, flags: [b]}}\n",
            "holdouts.h.flags: there is no flag `b`",
        ),
        ("features: {a: {}}\nholdouts: {h: {flags: [a]}}\n", "`holdouts.h.percentage` is missing"),
        (
            "features: {a: {requires: [b]}, b: {requires: [c]}, c: {requires: [a]}}\n",
            "features.a.requires: this is a",
        ),
        ("- a\n", "a list stands where a mapping belongs"),
        ("features: {a: {}, a: {}}\n", "`a` stands twice"),
        ("features: [\n", ""),
    ],
)
def test_mistakes_between_parts_are_said_too(text: str, what: str) -> None:
    assert wrong(text).what.startswith(what)


def test_a_chain_of_prerequisites_has_an_end() -> None:
    links = "".join(f"  f{number}: {{requires: [f{number + 1}]}}\n" for number in range(16))
    assert load(f"features:\n{links[: links.rindex('  f')]}  f15:\n")
    assert "too long" in wrong(f"features:\n{links}  f16:\n").what


def test_all_mistakes_are_said_at_once_in_the_order_of_lines() -> None:
    with pytest.raises(InputErrors) as caught:
        load("features:\n  a: {cohort: x}\n  b: {enabled: 1, kill: 2}\n")
    places = [error.where for error in caught.value.errors]
    assert places == [f"feature-flags.yaml:{place}" for place in ("2:15", "3:16", "3:25")]
