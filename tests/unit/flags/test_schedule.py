"""Scheduled changes, and people who change the same flag by hand."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from shipway.flags import FeatureFlags
from shipway.flags.load import parse_flags
from shipway.flags.schedule import as_of, settled
from shipway.flags.state import state_of

PAST = "{at: 2020-01-01T00:00:00Z, enabled: true, percentage: 100}"
FUTURE = "{at: 2999-01-01T00:00:00Z, percentage: 50}"
changes = st.lists(
    st.fixed_dictionaries(
        {"at": st.sampled_from([f"2026-01-0{day}T00:00:00Z" for day in range(1, 8)])},
        optional={"enabled": st.booleans(), "percentage": st.sampled_from([0, 5, 25.5, "50%", 100])},
    ).filter(lambda change: len(change) > 1),
    max_size=5,
)
bodies = st.fixed_dictionaries(
    {"schedule": changes}, optional={"enabled": st.booleans(), "rollout": st.just({"percentage": 10, "by": "org"})}
)


def test_who_lowers_a_flag_by_hand_is_not_overruled_by_what_a_schedule_did_before(tmp_path: Path) -> None:
    path = tmp_path / "feature-flags.yaml"
    path.write_text(f"features:\n  a: {{enabled: false, schedule: [{PAST}, {FUTURE}]}} # the first\n")
    flags = FeatureFlags(path)
    assert flags.is_enabled("a", user_id=1)
    flags.enable_for_percentage("a", 0)
    assert not flags.is_enabled("a", user_id=1)
    written = parse_flags(path.read_text(), file="").features["a"]
    assert written.enabled and len(written.schedule) == 1 and "# the first" in path.read_text()
    flags.close()


@given(bodies, st.sampled_from([1_766_000_000.0, 1_767_500_000.0, 1_767_600_000.5, 1_900_000_000.0]))
def test_a_settled_flag_means_the_same_from_now_on(body: dict[str, object], now: float) -> None:
    before = state_of({"features": {"a": body}}).file
    after = state_of({"features": {"a": settled(body, now)}}).file
    for later in (now, now + 50_000, now + 200_000, now + 1e9):
        one, other = as_of(before, later).features["a"], as_of(after, later).features["a"]
        assert (one.enabled, one.rollout) == (other.enabled, other.rollout)
    assert all(change.at > now for change in after.features["a"].schedule)
