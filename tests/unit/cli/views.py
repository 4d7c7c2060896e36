"""Services as a controller would show them: one view for each way to stand."""

from msgspec.structs import replace

from shipway.model.certificate import Certificate
from shipway.model.fleet import Usage
from shipway.model.past import Past
from shipway.model.plan import Need, Plan, Stage, Stay
from shipway.model.policy import Limits
from shipway.model.revision import RevisionId
from shipway.model.route import Mirror, Route, UserRule
from shipway.model.share import NONE, TOTAL, Share, from_percent
from shipway.model.verdict import Kind, Severity, Verdict
from shipway.model.view import RevisionView, RunView, View
from unit.cli import scheduled

NOW = 1_778_328_202.0
"""2026-05-09 12:03:22 UTC."""
STABLE, CANDIDATE = RevisionId("1.8.2-a1b2c3d4"), RevisionId("1.9.0-7f3a91c2")
BAD = Verdict(
    kind=Kind.HARMFUL,
    severity=Severity.CRITICAL,
    sentence="candidate errors 52% against 0.1% (78 of 150 against 3 of 2,850 in 9 s); an equal version looks "
    "this bad less than once in 1,000,000,000",
    first_bad_at=NOW - 12,
)
FINE = Verdict(
    kind=Kind.HEALTHY, sentence="not worse: candidate errors 3 of 4,512 against 55 of 85,730, proven within 0.5%"
)
UNSURE = Verdict(
    kind=Kind.NOT_ENOUGH,
    sentence="too few requests to tell: candidate errors 0 of 13 against 0 of 254; so far only 60% or more "
    "failing would surely show",
)


SHORT = Stay()


def stage(name: str, stable: int, candidate: int, percent: float, stay: Stay = SHORT) -> Stage:
    share = from_percent(percent)
    capacity = {revision: count for revision, count in ((STABLE, stable), (CANDIDATE, candidate)) if count}
    shares = {STABLE: Share(TOTAL - share), CANDIDATE: share}
    return Stage(
        name=name,
        capacity=capacity,
        route=Route(shares={revision: part for revision, part in shares.items() if part}),
        stay=stay,
    )


BAKE = Stay(bake=900.0, needs_evidence=True)
CANARY = Plan(
    service="checkout",
    strategy="canary",
    base=STABLE,
    candidate=CANDIDATE,
    stages=(
        stage("now", 4, 0, 0),
        replace(stage("smoke", 4, 1, 0), gates=(Need(kind="command", target="./smoke.sh {url}"),)),
        stage("canary 5%", 4, 1, 5, BAKE),
        stage("canary 50%", 4, 2, 50, BAKE),
        stage("all", 4, 4, 100, BAKE),
        stage("window", 4, 4, 100, Stay(minimum=3600.0)),
        stage("done", 0, 4, 100),
    ),
    promoted=4,
    limits=Limits(replicas=4, total=9),
)
ROLLING = Plan(
    service="checkout",
    strategy="rolling",
    base=STABLE,
    candidate=CANDIDATE,
    stages=(
        stage("now", 4, 0, 0),
        stage("1 of 4", 3, 1, 25),
        stage("2 of 4", 2, 2, 50),
        stage("3 of 4", 1, 3, 75),
        stage("all", 0, 4, 100),
        stage("window", 0, 4, 100, Stay(minimum=3600.0)),
    ),
    promoted=4,
    limits=Limits(replicas=4, total=5),
)
CHOSEN = replace(
    CANARY,
    stages=tuple(
        replace(
            one,
            route=replace(
                one.route, users=(UserRule(kind="header", name="canary", value="true", revision=CANDIDATE),)
            ),
        )
        if one.name.startswith("canary")
        else one
        for one in CANARY.stages
    ),
)
FIRST = replace(
    CANARY,
    base=None,
    stages=(
        Stage(name="now", back=None),
        Stage(name="start", capacity={CANDIDATE: 4}, route=Route(preview=CANDIDATE)),
        Stage(name="all", capacity={CANDIDATE: 4}, route=Route(shares={CANDIDATE: TOTAL}), back=None),
    ),
    promoted=2,
)


def revision(id: RevisionId, role: str, share: float, *, ready: int = 4, wanted: int = 4) -> RevisionView:
    part = from_percent(share)
    return RevisionView(
        id=id,
        version=id.rpartition("-")[0],
        role=role,
        ready=ready,
        running=wanted,
        wanted=wanted,
        share_lowest=part,
        share_highest=part,
    )


def busy(one: RevisionView, *, requests: float, errors: float) -> RevisionView:
    return replace(one, requests_per_second=requests, error_rate=errors, p50=0.012, p95=0.04, p99=1.25)


LIVE = View(
    service="checkout",
    at=NOW - 2,
    position=40,
    proven=STABLE,
    former=None,
    replicas=4,
    is_down=False,
    revisions=(revision(STABLE, "stable", 100),),
    address="http://127.0.0.1:8080",
    preview="http://127.0.0.1:8081",
    steady_after=4.4,
)
RUN = RunView(
    id=41,
    plan=CANARY,
    row=2,
    by="ana@build-7",
    started_at=NOW - 250,
    entered_at=NOW - 245,
    settled_at=NOW - 240,
    stays_until=NOW + 660,
    deadline_at=None,
    rule="bake",
    reason="660 s of this stage are left",
    verdict=UNSURE,
    calibration="calibrated on 310 windows of the last 6 days: errors come 3.1 times as clustered as chance",
)
BOTH = (
    busy(revision(STABLE, "stable", 95), requests=95.0, errors=0.001),
    busy(revision(CANDIDATE, "candidate", 5, ready=1, wanted=1), requests=5.0, errors=0.0),
)
RELEASING = replace(LIVE, run=RUN, revisions=BOTH, former=RevisionId("1.8.1-99999999"))
MOVING = replace(
    RELEASING,
    run=replace(
        RUN,
        settled_at=None,
        stays_until=None,
        deadline_at=NOW + 590,
        rule="converging",
        reason="moving to canary 5%",
    ),
    revisions=(
        BOTH[0],
        replace(
            BOTH[1],
            ready=0,
            share_lowest=NONE,
            details=("checkout-1.9.0-7f3a91c2-g29-1: 503 failing: database, cache from /health/ready",),
        ),
    ),
)
BACK = replace(
    RELEASING,
    run=replace(
        RUN,
        row=0,
        settled_at=None,
        stays_until=None,
        deadline_at=NOW + 597,
        going_back=BAD.sentence,
        back_rule="critical",
        turned_at=NOW - 3,
        recovered_at=NOW - 2.8,
        rule="converging",
        reason="moving to now",
        verdict=BAD,
    ),
    revisions=(
        busy(revision(STABLE, "stable", 100), requests=100.0, errors=0.001),
        replace(revision(CANDIDATE, "candidate", 0, ready=0, wanted=0), running=1),
    ),
)
HELD = replace(
    RELEASING,
    run=replace(RUN, stays_until=NOW - 5, hold=UNSURE.sentence, hold_rule="no-evidence", rule="no-evidence"),
)
DRIFTED = replace(
    RELEASING,
    run=replace(RUN, hold="somebody else changed it: the route of checkout", hold_rule="drift", rule="drift"),
    foreign=("the route file of checkout was edited by hand: 1.9.0 has weight 100000 instead of 5000",),
    unreachable={"metrics": "Envoy does not answer on 127.0.0.1:9901\nwhere it is"},
    failures={"route": "Envoy refused the route\nwhere\nwhy\nfix"},
    queued=1,
)
ADOPTED = replace(RELEASING, run=replace(RUN, adopted="6 replicas, as kubectl said"))
PAUSED = replace(RELEASING, run=replace(RUN, is_paused=True, rule="paused", reason="promotion is paused"))
WINDOW = replace(
    RELEASING,
    run=replace(RUN, row=5, stays_until=NOW + 3500, verdict=FINE),
    revisions=(
        revision(STABLE, "stable", 0),
        busy(revision(CANDIDATE, "candidate", 100), requests=101.5, errors=0.0007),
    ),
)
MIRRORED = replace(
    RELEASING,
    run=replace(
        RUN,
        row=1,
        plan=replace(
            CANARY,
            stages=(
                CANARY.stages[0],
                replace(
                    stage("mirror 10%", 4, 1, 0, Stay(minimum=900.0, bake=900.0)),
                    route=Route(shares={STABLE: TOTAL}, mirror=Mirror(revision=CANDIDATE, share=from_percent(10))),
                ),
                *CANARY.stages[2:],
            ),
        ),
        verdict=Verdict(
            kind=Kind.HEALTHY,
            sentence="copied requests: no sign of harm: candidate errors 2 of 1,204 against 14 of 12,011; had it "
            "failed 0.9% of its requests, that would show by now",
        ),
    ),
    revisions=(
        busy(revision(STABLE, "stable", 100), requests=100.0, errors=0.001),
        replace(
            revision(CANDIDATE, "candidate", 0, ready=1, wanted=1),
            copied=from_percent(10),
            copies_per_second=9.6,
            copies_error_rate=0.0,
        ),
    ),
)
EXPERIMENT = replace(
    CANARY,
    strategy="experiment",
    stages=(
        CANARY.stages[0],
        stage("experiment", 4, 2, 50, Stay(minimum=604_800.0, bake=604_800.0, then="ask")),
        *CANARY.stages[4:],
    ),
    promoted=2,
)
DECIDING = replace(
    RELEASING,
    run=replace(
        RUN,
        plan=EXPERIMENT,
        row=1,
        verdict=FINE,
        stays_until=NOW - 5,
        hold="experiment is over; a person decides which version stays",
        hold_rule="decision",
        rule="decision",
    ),
)
DOWN = replace(LIVE, is_down=True, revisions=())
STALE = replace(RELEASING, at=NOW - 240)
PAST = Past(
    id=41,
    strategy="canary",
    base=STABLE,
    candidate=CANDIDATE,
    by="ana@build-7",
    outcome="rolled-back",
    reason=BAD.sentence,
    started_at=NOW - 700,
    ended_at=NOW - 500,
    first_bad_at=NOW - 520,
    turned_at=NOW - 511,
    recovered_at=NOW - 510.8,
)
TAKEN_BACK = replace(LIVE, last=PAST)
TWIN = RevisionId("1.8.2-deadbeef")
"""The same version with another configuration."""
CONFIGURED = replace(
    RELEASING,
    run=replace(
        RUN,
        plan=replace(
            CANARY,
            candidate=TWIN,
            stages=tuple(
                replace(
                    one,
                    capacity={{CANDIDATE: TWIN}.get(name, name): count for name, count in one.capacity.items()},
                    route=replace(
                        one.route,
                        shares={
                            {CANDIDATE: TWIN}.get(name, name): part for name, part in one.route.shares.items()
                        },
                    ),
                )
                for one in CANARY.stages
            ),
        ),
    ),
    revisions=(BOTH[0], replace(BOTH[1], id=TWIN, version="1.8.2")),
)
MEASURED = replace(
    RELEASING,
    run=replace(
        RUN,
        metrics={
            "payments_declined": Verdict(
                kind=Kind.NOT_ENOUGH,
                sentence="candidate payments_declined looks worse than it may be (9 of 412 against 57 of 7,801), "
                "without proof yet",
            ),
            "double_charges": Verdict(kind=Kind.HEALTHY, sentence="double_charges: none on the candidate"),
            "memory": Verdict(
                kind=Kind.BLIND, sentence="memory cannot be seen: it has no value for the candidate"
            ),
        },
    ),
    revisions=(
        replace(
            BOTH[0],
            usage=Usage(replicas=4, cpu_seconds=93.1, cpu_cores=0.42, memory_bytes=2**26, error_lines=1204),
        ),
        replace(BOTH[1], usage=Usage(replicas=1, cpu_seconds=1.0, restarts=2, error_lines=17)),
    ),
)
ENCRYPTED = replace(
    LIVE,
    address="https://shop.example.com",
    certificate=Certificate(
        names=("shop.example.com", "www.shop.example.com", "cart.example.com"),
        ends_at=NOW + 5 * 86_400,
        problem="the key does not belong to the certificate (/etc/shop/privkey.pem): /etc/shop/fullchain.pem was "
        "made for another key.",
    ),
)
VIEWS = {
    "scheduled": scheduled.SCHEDULED,
    "tried": scheduled.TRIED,
    "measured": MEASURED,
    "live": LIVE,
    "releasing": RELEASING,
    "moving": MOVING,
    "going-back": BACK,
    "held": HELD,
    "drifted": DRIFTED,
    "adopted": ADOPTED,
    "paused": PAUSED,
    "window": WINDOW,
    "down": DOWN,
    "stale": STALE,
    "taken-back": TAKEN_BACK,
    "configured": CONFIGURED,
    "encrypted": ENCRYPTED,
    "mirrored": MIRRORED,
    "deciding": DECIDING,
}
