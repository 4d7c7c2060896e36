"""Users of a segment of the flags get a new version first."""

from pathlib import Path

import pytest

from shipway.errors import ShipwayError
from shipway.home import Home
from shipway.model.release import Release
from shipway.spec.load import parse_release
from shipway.wishing import wished
from unit.spec.samples import LEAST

FLAGS = """
features: {}
segments:
  staff: {users: [{user_id: 7}, {user_id: "42"}, {user_id: 7}]}
  ruled: {users: [{email: b@example.com}], rule: "user.email.endsWith('@example.com')"}
  tiers: {users: [{user_id: 7}], rule: "user.tier == 'beta'"}
  west: {users: [{region: home}], rule: "user.region in ['us-west', 'us-north'] && !user.region.endsWith('north')"}
  nobody: {rule: "user.user_id == 7 && user.user_id == 8"}
  mixed: {users: [{user_id: 7}, {email: a@example.com}]}
  pairs: {users: [{user_id: 7, region: eu}]}
  mails: {users: [{email: a@example.com}]}
"""


def release(folder: Path, segment: str, more: str = "") -> Release:
    (folder / "flags.yaml").write_text(FLAGS)
    text = (
        f"{LEAST}flags: {{file: flags.yaml}}\n"
        f"canary: {{stages: [50%, 100%], users_first: true, users: {{{more}segment: {segment}}}}}\n"
    )
    loaded = parse_release(text, path=folder / "shipway.yaml")
    return wished(Home(folder / "home"), loaded, "1.9.0", strategy="canary")[1]


@pytest.mark.parametrize("kind", ["header", "cookie"])
def test_each_listed_user_is_chosen_once_beside_those_that_are_written(tmp_path: Path, kind: str) -> None:
    found = release(tmp_path, f"{{name: staff, {kind}: x-user}}", more='header: {canary: "true"}, ').canary
    assert found is not None
    assert found.users == (("header", "canary", "true"), (kind, "x-user", "7"), (kind, "x-user", "42"))


def test_users_may_be_known_by_something_else(tmp_path: Path) -> None:
    found = release(tmp_path, "{name: mails, by: email, header: x-mail}").canary
    assert found is not None and found.users == (("header", "x-mail", "a@example.com"),)


def test_a_rule_stands_for_the_values_that_pass_it(tmp_path: Path) -> None:
    found = release(tmp_path, "{name: west, by: region, header: x-region}").canary
    assert found is not None and found.users == (("header", "x-region", "home"), ("header", "x-region", "us-west"))


@pytest.mark.parametrize(
    ("segment", "said"),
    [
        ("{name: ruled, by: email, header: u}", "segment ruled has a rule that other values can pass"),
        ("{name: tiers, header: u}", "segment tiers has a rule that asks for tier"),
        ("{name: nobody, header: u}", "segment nobody has 0 users"),
        ("{name: mixed, header: u}", "something else than user_id"),
        ("{name: pairs, header: u}", "something else than user_id"),
        ("{name: mails, header: u}", "something else than user_id"),
        ("{name: staf, header: u}", "there is no segment `staf`"),
    ],
)
def test_nobody_is_silently_left_out(tmp_path: Path, segment: str, said: str) -> None:
    with pytest.raises(ShipwayError, match=said) as caught:
        release(tmp_path, segment)
    assert caught.value.code == "segment" and "shipway.yaml:" in caught.value.where


@pytest.mark.parametrize("segment", ["{name: staff}", "{name: staff, header: u, cookie: c}"])
def test_one_thing_tells_whose_a_request_is(tmp_path: Path, segment: str) -> None:
    with pytest.raises(ShipwayError, match="needs a header, a cookie or a claim"):
        release(tmp_path, segment)


def test_a_claim_needs_tokens_that_are_verified(tmp_path: Path) -> None:
    with pytest.raises(ShipwayError, match="claims need tokens"):
        release(tmp_path, "{name: staff, claim: sub}")


def test_other_strategies_ask_for_no_segment(tmp_path: Path) -> None:
    text = f"{LEAST}canary: {{users: {{segment: {{name: staff, header: u}}}}}}\n"
    loaded = parse_release(text, path=tmp_path / "shipway.yaml")
    assert wished(Home(tmp_path / "home"), loaded, "1.9.0", strategy="rolling")[1].strategy == "rolling"
