"""One value changes, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.flags.editing import NotEdited, changed
from shipway.flags.load import parse_flags

KILL = {("features", "a", "kill"): "true"}
SHARE = {("features", "a", "rollout", "percentage"): "5"}


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        (
            "features:\n  a:\n    enabled: true # why\n",
            KILL,
            "features:\n  a:\n    kill: true\n    enabled: true # why\n",
        ),
        ("features:\n  a: {enabled: true}\n", KILL, "features:\n  a: {kill: true, enabled: true}\n"),
        ("features:\n  a: {}\n", KILL, "features:\n  a: {kill: true}\n"),
        ("features:\n  a:\n  b:\n", KILL, "features:\n  a: {kill: true}\n  b:\n"),
        ("features:\n  a: # c\n    kill: false # d\n", KILL, "features:\n  a: # c\n    kill: true # d\n"),
        ("features: {}\n", SHARE, "features: {a: {rollout: {percentage: 5}}}\n"),
        ("", SHARE, "features: {a: {rollout: {percentage: 5}}}\n"),
        ("# only\n", SHARE, "# only\nfeatures: {a: {rollout: {percentage: 5}}}\n"),
        ("segments: {}\n", KILL, "features: {a: {kill: true}}\nsegments: {}\n"),
        ("features:\r\n  b:\r\n", KILL, "features:\r\n  a: {kill: true}\r\n  b:\r\n"),
        (
            "features:\n  a:\n    rollout:\n      percentage: '1' # ü\n",
            SHARE,
            "features:\n  a:\n    rollout:\n      percentage: 5 # ü\n",
        ),
        (
            '# ü\nfeatures: {"a": {rollout: {by: ü}}}\n',
            SHARE,
            '# ü\nfeatures: {"a": {rollout: {percentage: 5, by: ü}}}\n',
        ),
        (
            "features:\n  x: &x {owner: me}\n  a:\n    <<: *x\n    kill: false\n",
            KILL,
            "features:\n  x: &x {owner: me}\n  a:\n    <<: *x\n    kill: true\n",
        ),
    ],
)
def test_only_the_value_changes(before: str, changes: dict[tuple[str, ...], str], after: str) -> None:
    assert changed(before, changes, file="f") == after


@pytest.mark.parametrize("before", ["features: [a]\n", "features:\n  x: &x {owner: me}\n  a: *x\n"])
def test_what_cannot_be_changed_alone_is_left_alone(before: str) -> None:
    with pytest.raises(NotEdited):
        changed(before, KILL, file="f")


LINES = st.lists(
    st.sampled_from(
        (
            "enabled: true",
            "kill: false",
            "owner: 'it: is'  # c",
            "rollout: {percentage: 7}",
            "rollout:\n      by: x",
            "targeting:\n    # why\n    - rule: user.a == 1\n",
            "value: |\n      kill: true",
            "requires: []",
            "# note",
        )
    ),
    unique_by=lambda line: line.split(":")[0],
)


@given(LINES, LINES, st.booleans())
def test_whatever_the_file_looks_like_the_flag_has_it_and_no_line_is_lost(
    mine: list[str], others: list[str], is_first: bool
) -> None:
    flags = {"a": mine, "b": others}
    order = ("a", "b") if is_first else ("b", "a")
    text = "features:\n" + "".join(
        f"  {name}:\n" + "".join(f"    {line}\n" for line in flags[name]) for name in order
    )
    made = changed(text, {**KILL, **SHARE}, file="f")
    before, after = (parse_flags(one, file="f").features for one in (text, made))
    assert after["a"].is_killed
    assert after["a"].rollout.share == 5000
    assert (after["a"].rollout.by, after["a"].value) == (before["a"].rollout.by, before["a"].value)
    assert after["b"] == before["b"]
    assert made.count("#") == text.count("#")
