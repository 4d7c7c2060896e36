"""The ladder, its evidence, its badge and its page."""

from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from shipway.model.past import Past
from shipway.model.past_release import PastStage
from shipway.model.release import Canary, Ramp, Release
from shipway.model.revision import RevisionId
from shipway.model.share import TOTAL, Share
from shipway.reports.badge import badge
from shipway.reports.maturity import LEVELS, Seen, claims, judged
from shipway.reports.maturity_evidence import Facts, Pipeline, evidence
from shipway.reports.maturity_page import page

LADDER = [
    (1, "SSH into servers, manually copy files", None),
    (1, "High risk, no consistency", None),
    (1, "Rollback: panic", None),
    (2, "Bash scripts for deployment", "script"),
    (2, "Some automation", "script"),
    (2, "Rollback: run rollback script (5-15 min)", "way-back"),
    (3, "Automated deployments via CI/CD", "pipeline"),
    (3, "Health checks", "health"),
    (3, "Gradual rollout", "gradual"),
    (3, "Rollback: 5-15 min", "back-15-minutes"),
    (4, "Blue-green or canary deployments", "side-by-side"),
    (4, "Feature flags for gradual rollout", "flags"),
    (4, "Automated health monitoring", "monitoring"),
    (4, "Rollback: <1 minute", "back-1-minute"),
    (5, "Canary + feature flags + A/B testing", "experiments"),
    (5, "Automated rollback based on metrics", "automatic-back"),
    (5, "Traffic shifting based on user segments", "segments"),
    (5, "Rollback: automatic, <30 seconds", "back-30-seconds"),
]
"""Level, what is said of it, and the claim that stands for it; what is said of level 1 is nobody's aim."""


def all_seen(**changed: bool) -> dict[str, Seen]:
    return {claim.name: Seen(changed.get(claim.name.replace("-", "_"), True), "here") for claim in claims()}


@pytest.mark.parametrize(("level", "said", "claim"), LADDER, ids=[f"{level}: {said}" for level, said, _ in LADDER])
def test_without_one_claim_the_level_below_it_is_the_highest(level: int, said: str, claim: str | None) -> None:
    if claim is None:
        assert LEVELS[level - 1].claims == ()
        return
    assert claim in [one.name for one in LEVELS[level - 1].claims]
    found = judged("checkout", {**all_seen(), claim: Seen(False, "nowhere")})
    assert found.level.number == level - 1
    assert [one.name for one in found.next] == [claim]


def test_no_claim_stands_for_nothing_on_the_ladder() -> None:
    assert {one.name for one in claims()} == {claim for _, _, claim in LADDER if claim}
    assert [one.back_within for one in claims() if one.back_within] == [900.0, 60.0, 30.0]


def test_the_next_steps_begin_with_the_lowest_level() -> None:
    found = judged("checkout", all_seen(segments=False, pipeline=False, flags=False, monitoring=False))
    assert found.level.number == 2
    assert [one.name for one in found.next] == ["pipeline", "flags", "monitoring"]
    assert judged("checkout", all_seen()).next == ()


DAY = 86_400.0
CANARY = (PastStage(at=0.0, name="5%", share=Share(5_000)), PastStage(at=600.0, name="all", share=TOTAL))


def run(version: str, *, day: float, strategy: str = "canary", **changes: object) -> Past:
    began = 1_700_000_000.0 + day * DAY
    given = Past(
        id=int(day),
        strategy=strategy,
        base=RevisionId("1.0-aa"),
        candidate=RevisionId(f"{version}-aa"),
        by="ana",
        outcome="finished",
        reason="",
        started_at=began,
        ended_at=began + 4000.0,
        met=CANARY,
        met_until=began + 4000.0,
    )
    return replace(given, **changes)


def back(*, day: float, took: float, rule: str = "critical") -> Past:
    went = run("1.9", day=day, outcome="rolled-back", met=CANARY[:1], back_rule=rule)
    return replace(went, turned_at=went.started_at + 60.0, recovered_at=went.started_at + 60.0 + took)


RELEASE = Release(
    service="checkout",
    revision=RevisionId("1.1-aa"),
    strategy="canary",
    replicas=4,
    canary=Canary(shares=(Share(5_000), TOTAL), users=(("header", "x-staff", "yes"),)),
    ramps=(Ramp(flag="new-checkout", shares=(Share(5_000), TOTAL)),),
)
WHOLE = Facts(
    past=[run("1.1", day=1), run("1.2", day=2, strategy="experiment"), back(day=3, took=0.4)],
    releases={RevisionId("1.0-aa"): RELEASE, RevisionId("1.1-aa"): RELEASE},
    paths={RevisionId("1.1-aa"): ("/health/ready", "/health/alive")},
    recorded=("1.1",),
    pipelines=[Pipeline(where="ci.yml:3", command="shipway deploy 1", is_automatic=True)],
)


def without_users(facts: Facts) -> Facts:
    bare = replace(RELEASE, canary=replace(RELEASE.canary, users=()) if RELEASE.canary else None)
    return replace(facts, releases=dict.fromkeys(facts.releases, bare))


def test_everything_seen_is_level_five() -> None:
    found = judged("checkout", evidence(WHOLE))
    assert found.level.number == 5 and found.percent == 100
    assert found.seen["pipeline"].where == "ci.yml:3: shipway deploy 1"
    assert "slowest of 1: 0.4 s, 1.9 (canary, 2023-11-17)" in found.seen["back-30-seconds"].where


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        (lambda f: Facts(past=[]), {one.name for one in claims()}),
        (lambda f: replace(f, pipelines=[]), {"pipeline"}),
        (lambda f: replace(f, pipelines=[replace(f.pipelines[0], is_automatic=False)]), {"pipeline"}),
        (lambda f: replace(f, paths={RevisionId("1.1-aa"): ("/health", "/health")}), {"health"}),
        (lambda f: replace(f, recorded=()), {"monitoring"}),
        (without_users, {"segments"}),
        (lambda f: replace(f, past=[*f.past, back(day=4, took=45.0)]), {"back-30-seconds"}),
        (lambda f: replace(f, past=[*f.past, back(day=4, took=45.0, rule="asked")]), set()),
        (
            lambda f: replace(f, past=[*f.past, back(day=4, took=1000.0, rule="asked")]),
            {"back-1-minute", "back-15-minutes"},
        ),
        (lambda f: replace(f, past=f.past[:2]), {"automatic-back", "back-30-seconds", "back-1-minute"}),
        (lambda f: replace(f, past=[f.past[0], f.past[2]]), {"experiments"}),
        (
            lambda f: replace(f, releases=dict.fromkeys(f.releases, replace(RELEASE, ramps=()))),
            {"flags", "experiments"},
        ),
    ],
    ids=[
        "nothing was deployed",
        "no pipeline",
        "a button",
        "one path for both",
        "nothing recorded",
        "no chosen users",
        "one slow take-back by the guard",
        "one by a person is not the guard's",
        "a very slow one by a person",
        "nothing was ever taken back",
        "no experiment",
        "no flag",
    ],
)
def test_what_was_not_seen_is_missing(facts: Callable[[Facts], Facts], missing: set[str]) -> None:
    seen = evidence(facts(WHOLE))
    assert {name for name, one in seen.items() if not one.is_seen} == missing
    assert all(one.where for one in seen.values())


def test_a_return_and_a_release_that_failed_prove_no_strategy() -> None:
    past = [run("1.1", day=1, strategy="back"), back(day=2, took=0.4)]
    seen = evidence(replace(WHOLE, past=past))
    assert not seen["side-by-side"].is_seen and not seen["gradual"].is_seen


def test_the_badge_and_the_page_are_well_formed_and_escape_names() -> None:
    assert "level 4: a&lt;b" in badge(4, "a<b")
    for level in LEVELS:
        picture = ElementTree.fromstring(badge(level.number, level.name))
        assert level.name in "".join(picture.itertext())
    found = judged("check<out", evidence(replace(WHOLE, recorded=())))
    html = page(found)
    assert "check&lt;out: level 3 of 5" in html and "<script" not in html
    assert html.count("✗") == 1 and html.count("✓") == 13
