"""One of each event and command, for stores to keep."""

from typing import get_args

from msgspec import Raw

from shipway.model import action, command, event, plan, policy, verdict
from shipway.model.job import Outcome
from shipway.model.phase import Phase
from shipway.model.release import Canary, Release
from shipway.model.revision import Revision, RevisionId, SchemaRange
from shipway.model.route import Endpoint, Mirror, Route, Sticky, UserRule
from shipway.model.share import Share

ODD = 'a "quote"\n\ttab \u2028 emoji 🚢 null \x00 percent % :name ?'
STABLE, CANDIDATE = RevisionId("1.8.2-0badcafe"), RevisionId("1.9.0-7f3a91c2")

ROUTE = Route(
    shares={STABLE: Share(95_000), CANDIDATE: Share(5_000)},
    users=(UserRule(kind="header", name="canary", value=ODD, revision=CANDIDATE),),
    sticky=Sticky(kind="cookie", name="shipway"),
    mirror=Mirror(revision=CANDIDATE, share=Share(1)),
    preview=CANDIDATE,
)
STAGE = plan.Stage(
    name="canary 5%",
    capacity={STABLE: 4, CANDIDATE: 1},
    route=ROUTE,
    flags={"new-checkout": Share(0)},
    schema={"orders.currency": Phase(1)},
    stay=plan.Stay(minimum=1, bake=900.5, needs_evidence=True),
    gates=(plan.Need(kind="command", target="./smoke.sh {url}"),),
    back=None,
)
PLAN = plan.Plan(
    service="checkout",
    strategy="canary",
    base=STABLE,
    candidate=CANDIDATE,
    stages=(plan.Stage(name="now"), STAGE),
    promoted=1,
    limits=policy.Limits(replicas=4),
    guard=policy.Guard(success_rate_min=0.99),
    supports={STABLE: {"orders.currency": SchemaRange(0, 2)}},
    carries={CANDIDATE: ("new-checkout",)},
)
RELEASE = Release(
    service="checkout",
    revision=CANDIDATE,
    strategy="canary",
    replicas=4,
    canary=Canary(shares=(Share(5_000), Share(100_000)), users=(("header", "canary", ODD),)),
)

COMMANDS: tuple[command.Command, ...] = (
    command.Deploy(release=RELEASE, during="queue"),
    command.Pause(),
    command.Resume(),
    command.Promote(all=True),
    command.Back(stage=1, reason=ODD),
    command.Rollback(release=RELEASE, reason="slow"),
    command.ReportHarm(severity=verdict.Severity.HIGH, reason=ODD, by="dev"),
    command.SetReplicas(replicas=7),
    command.Down(),
    command.Accept(),
    command.RunJob(),
)
ACTIONS: tuple[action.Action, ...] = (
    action.Prepare(CANDIDATE),
    action.Scale(CANDIDATE, 3),
    action.Drain(STABLE, ("r1", "r2")),
    action.Stop(STABLE, ()),
    action.SetRoute(ROUTE),
    action.Publish((Endpoint(revision=STABLE, address="127.0.0.1:20001", draining=True),)),
    action.Expose("new-checkout", Share(25_000)),
    action.Advance("orders.currency", Phase(2)),
    action.StartJob(CANDIDATE, "20260301T020000Z"),
    action.EndJob("20260301T020000Z", True),
)
EVENTS: tuple[event.Event, ...] = (
    *(event.CommandRead(id=number, by="dev", command=each) for number, each in enumerate(COMMANDS, start=1)),
    *(event.Intended(key=action.key_of(each), action=each) for each in ACTIONS),
    event.RunStarted(plan=PLAN, by="dev", reason=ODD),
    event.RunEnded(outcome="finished"),
    event.StageEntered(row=1, rule="forward"),
    event.StageSettled(row=1),
    event.StageLost(row=1),
    event.WentBack(row=0, rule="harm", reason=ODD, first_bad_at=1_700_000_000.123456),
    event.Recovered(),
    event.Held(rule="blind", reason="no metrics"),
    event.Released(reason="metrics are back"),
    event.Paused(by="dev"),
    event.Unpaused(by="dev"),
    event.Extended(reason="not enough"),
    event.Marked(name="dead"),
    event.Cleared(name="dead"),
    event.Judged(verdict=verdict.Verdict(kind=verdict.Kind.HARMFUL, severity=verdict.Severity.HIGH)),
    event.HookCalled(row=-1, number=0),
    event.HookAnswered(row=1, number=2, passed=False, detail=ODD),
    event.GateAnswered(row=1, gate=0, passed=False, detail=ODD),
    event.Settled(key="route", generation=17),
    event.Failed(key="route", generation=17, error=ODD),
    event.DriftSeen(what=ODD),
    event.DriftAccepted(by="dev"),
    event.DriftAdopted(what="kubectl scaled deployment shop from 4 to 6", by="kubectl", replicas=6),
    event.Proven(revision=None),
    event.Resized(replicas=0, by="dev"),
    event.Compacted(state=Raw(b'{"service":"checkout"}')),
    event.JobsFrom(revision=CANDIDATE, since=1_700_000_000.5),
    event.JobDue(job="20260301T020000Z", at=1_772_330_400.0),
    event.JobsSkipped(job="20260301T020000Z", at=1_772_330_400.0, reason=ODD, count=3),
    event.JobStarted(job="20260301T020000Z", revision=CANDIDATE, at=1_772_330_400.25),
    event.JobEnded(job="20260301T020000Z", outcome=Outcome.FAILED, at=1_772_330_401.0, exit_code=-9, detail=ODD),
)

assert {type(each) for each in EVENTS} == set(get_args(event.Event)), "an event has no example here"
assert {type(each) for each in COMMANDS} == set(get_args(command.Command)), "a command has no example here"
assert {type(each) for each in ACTIONS} == set(get_args(action.Action)), "an action has no example here"


def settled(generation: int) -> event.Event:
    """A small event that can be told from others."""
    return event.Settled(key="route", generation=generation)


def revision(version: str, *, service: str = "checkout") -> Revision:
    """A revision whose id follows from its version."""
    return Revision(
        id=RevisionId(f"{version}-7f3a91c2"),
        service=service,
        version=version,
        platform={"process": {"command": ODD, "replicas": 4, "env": {"LOG_LEVEL": None}}},
        files={"app.ini": "sha256:00"},
        flags=("new-checkout",),
        schema={"orders.currency": SchemaRange(0, 3)},
    )
