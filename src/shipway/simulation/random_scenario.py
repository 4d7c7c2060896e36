"""A seed becomes a scenario: any strategy, up to three revisions, commands at odd moments, and much that fails.

Faults end at `Faults.until`, and what only a person can lift is lifted shortly after. Then every run must
come to an end, or be held for a reason that by policy waits for somebody.
"""

from collections.abc import Mapping
from random import Random

from msgspec.structs import replace

from shipway.model.command import (
    Accept,
    Back,
    Command,
    Deploy,
    Down,
    Pause,
    Promote,
    ReportHarm,
    Resume,
    Rollback,
    SetReplicas,
)
from shipway.model.hook import MOMENTS, Hook, Hooks
from shipway.model.plan import Need
from shipway.model.policy import Guard
from shipway.model.policy import Rollback as Window
from shipway.model.release import (
    BlueGreen,
    Canary,
    Experiment,
    Mirroring,
    Ramp,
    Release,
    Rolling,
)
from shipway.model.revision import Revision, RevisionId
from shipway.model.route import Sticky
from shipway.model.service_kind import ServiceKind
from shipway.model.share import NONE, TOTAL, Share
from shipway.model.verdict import Kind, Severity, Verdict
from shipway.simulation import gates
from shipway.simulation.faults import Code
from shipway.simulation.random_approval import random_approval
from shipway.simulation.random_changes import CHANGE, FLAG, agreeing, moving, range_of, wish_of
from shipway.simulation.random_faults import instants, random_faults
from shipway.simulation.random_schedules import of_cron
from shipway.simulation.scenario import Asked, Scenario, Scripted

VERSIONS = tuple(RevisionId(name) for name in ("v1", "v2", "v3"))
QUIET_SECONDS = 75.0
"""Longer than any deadline, patience or stay of these scenarios: after such a silence nothing more will come."""
HORIZON_SECONDS = 4000.0
"""How long after the last fault a run may go on. A plan of ten rows, each extended twice, needs less."""
NOT_ENOUGH = Verdict(kind=Kind.NOT_ENOUGH, sentence="too few requests")
BLIND = Verdict(kind=Kind.BLIND, sentence="the script hides the metrics")
HEALTHY = Verdict(kind=Kind.HEALTHY, sentence="no worse")


def scenario_of(seed: int) -> Scenario:
    """The same seed is the same scenario, for ever."""
    random = Random(seed)
    faults = random_faults(random)
    replicas = random.randint(1, 6)
    schema = random.random() < 0.2
    revisions = tuple(_revision(name, random, schema) for name in VERSIONS)
    asked = (*_asked(random, replicas, faults.until), *_reports(Random(~seed), faults.until))
    codes = {
        name: _ailing(_warming(_code(name, random), Random(f"{seed} {name}")), Random(f"{seed} {name} is ill"))
        for name in VERSIONS
    }
    wishes = {name: wish_of(random, schema) for name in VERSIONS[1:] if random.random() < 0.4 or schema}
    ramps = {name: wish.ramp for name, wish in wishes.items()}
    changes = {name: wish.change for name, wish in wishes.items() if wish.change}
    scenario = Scenario(
        seed=seed,
        revisions=revisions,
        asked=(
            *(_ramping(moving(each, changes), ramps, Random(seed + n)) for n, each in enumerate(asked)),
            *agreeing(changes, faults.until),
        ),
        codes=codes,
        stepping=tuple(name for name, wish in wishes.items() if wish.step_back),
        faults=faults,
        requests_per_second=random.choice((5.0, 50.0, 500.0)),
        script=() if random.random() < 0.1 else _script(random, faults.until),
        horizon=faults.until + HORIZON_SECONDS,
        watch=5.0,
        quiet=QUIET_SECONDS,
    )
    if random.random() < 0.2:
        return of_workers(scenario)
    return of_cron(scenario) if Random(seed + 0.5).random() < 0.15 else _autoscaled(scenario)


def _autoscaled(scenario: Scenario) -> Scenario:
    """Each release brings an autoscaler, where there are such."""
    if not scenario.faults.autoscales:
        return scenario
    asked = tuple(replace(each, command=_with_autoscaler(each.command)) for each in scenario.asked)
    return replace(scenario, asked=asked)


def _with_autoscaler(command: Command) -> Command:
    match command:
        case Deploy(release=Release() as release) | Rollback(release=Release() as release):
            return replace(command, release=replace(release, autoscaled=True))
        case _:
            return command


def of_workers(scenario: Scenario) -> Scenario:
    """The same story told of replicas that fetch jobs."""
    asked = tuple(replace(each, command=_of_workers(each.command)) for each in scenario.asked)
    codes = {name: replace(code, warms=0.0) for name, code in scenario.codes.items()}
    return replace(scenario, kind=ServiceKind.WORKER, asked=asked, codes=codes)


def without_users(release: Release) -> Release:
    """Without what needs users: a canary stands for an experiment."""
    strategy = "canary" if release.strategy == "experiment" else release.strategy
    return replace(release, strategy=strategy, mirror=None)


def _of_workers(command: Command) -> Command:
    match command:
        case Deploy(release=Release() as release) | Rollback(release=Release() as release):
            return replace(command, release=replace(without_users(release), kind=ServiceKind.WORKER))
        case _:
            return command


def _code(name: RevisionId, random: Random) -> Code:
    start, spread = random.choice((0.5, 2.0, 8.0)), random.choice((0.0, 5.0))
    kind = 1.0 if name == VERSIONS[0] and random.random() < 0.9 else random.random()
    if kind > 0.35:
        return Code(start=start, start_spread=spread)
    if kind > 0.25:
        return Code(start=start, crash_every=random.uniform(10.0, 60.0))
    if kind > 0.17:
        return Code(start=40.0, start_spread=spread)
    if kind > 0.09:
        return Code(start=start, never_ready=True)
    if kind > 0.04:
        return Code(start=start, crashes_at_start=True)
    return Code(start=start, error_rate=random.choice((0.03, 0.5)))


def _warming(code: Code, random: Random) -> Code:
    """Some are warmed up, some in vain. Its own numbers, so that the seeds of before stay what they were."""
    if random.random() < 0.8:
        return code
    return replace(code, warms=random.uniform(1.0, 8.0), stays_cold=random.random() < 0.4)


def _ailing(code: Code, random: Random) -> Code:
    """Of some the health fails while they serve. Its own numbers, so that the other seeds stay what they were."""
    if random.random() < 0.85:
        return code
    return replace(
        code, ill_every=random.choice((20.0, 60.0, 200.0)), ill_seconds=random.choice((3.0, 20.0, 45.0))
    )


# What is known of the revisions


def _revision(name: RevisionId, random: Random, schema: bool) -> Revision:
    flags = (FLAG,) if name != VERSIONS[0] and random.random() < 0.8 else ()
    return Revision(
        id=name,
        service="checkout",
        version=name,
        platform={},
        flags=flags,
        schema={CHANGE: range_of(random, is_first=name == VERSIONS[0])} if schema else {},
    )


def _ramping(asked: Asked, ramps: Mapping[RevisionId, tuple[Share, ...]], random: Random) -> Asked:
    """A deploy with the ramp of its revision; now and then of nothing else. Numbers of its own."""
    match asked.command:
        case Deploy(release=release) as deploy if ramps.get(release.revision):
            ramp = Ramp(
                flag=FLAG, shares=ramps[release.revision], bake=5.0, shown=random.choice((NONE, Share(20_000)))
            )
            strategy = "flag-ramp" if random.random() < 0.1 else release.strategy
            release = replace(release, ramps=(ramp,), strategy=strategy)
            return replace(asked, command=replace(deploy, release=release))
        case _:
            return asked


# What is asked


def _asked(random: Random, replicas: int, until: float) -> tuple[Asked, ...]:
    """The first version, one upgrade at least, and what people do meanwhile."""
    first = Asked(at=0.0, command=Deploy(release=random_release(VERSIONS[0], random, replicas)))
    second = Asked(
        at=random.uniform(15.0, 90.0), command=Deploy(release=random_release(VERSIONS[1], random, replicas))
    )
    others = [
        Asked(at=random.uniform(5.0, until), command=_command(random, replicas))
        for _ in range(random.choice((0, 0, 1, 1, 2, 4)))
    ]
    asked = [first, *sorted((second, *others), key=lambda each: each.at)]
    if any(isinstance(each.command, Pause) for each in asked):
        asked.append(Asked(at=until + 5.0, command=Resume()))
    return tuple(asked)


def _reports(random: Random, until: float) -> tuple[Asked, ...]:
    """Now and then somebody reports harm. Its own numbers, so that the seeds of before stay what they were."""
    if random.random() < 0.9:
        return ()
    severity = random.choice(tuple(Severity))
    return (Asked(at=random.uniform(20.0, until), command=ReportHarm(severity=severity, reason="tickets")),)


def _command(random: Random, replicas: int) -> Command:
    revision = random.choice(VERSIONS)
    match random.randint(0, 13):
        case 0 | 1 | 2 | 3:
            size = replicas if random.random() < 0.7 else random.randint(1, 6)
            during = random.choice(("supersede", "supersede", "queue", "refuse"))
            return Deploy(release=random_release(revision, random, size), during=during)
        case 4:
            return Pause()
        case 5:
            return Resume()
        case 6 | 7:
            return Promote(all=random.random() < 0.5)
        case 8:
            return Back(stage=random.randint(0, 3))
        case 9:
            return Rollback()
        case 10:
            return Rollback(release=random_release(revision, random, replicas, strategy="back"))
        case 11:
            return SetReplicas(replicas=random.randint(1, 6))
        case 12:
            return Down()
        case _:
            return Accept()


def random_release(revision: RevisionId, random: Random, replicas: int, strategy: str = "") -> Release:
    """Any strategy and any settings of it, with short times."""
    bake = random.uniform(1.0, 30.0)
    chosen = strategy or _or_experiment(random.choice(("rolling", "blue-green", "canary")), Random(bake * 5))
    return Release(
        service="checkout",
        revision=revision,
        strategy=chosen,
        replicas=replicas,
        rolling=_rolling(random, replicas),
        blue_green=BlueGreen(bake=bake, split=random.choice((None, Share(30_000))), split_for=bake),
        canary=_canary(random, bake),
        guard=_growing(_guard(random), Random(-bake)),
        rollback=Window(window=random.choice((0.0, 20.0, 45.0))),
        smoke=_smoke(random),
        approval=random_approval(Random(bake * 11)),
        hooks=_hooks(Random(bake)),
        experiment=_experiment(Random(bake * 7), bake),
        mirror=_mirror(Random(bake * 3), bake),
        deadline=random.uniform(30.0, 65.0),
        drain_grace=random.uniform(3.0, 20.0),
        steady=random.choice((0.0, 1.0, 3.0)),
        drift=_drift(random.choice(("hold", "revert")), Random(bake * 13)),
    )


def _drift(drift: str, random: Random) -> str:
    return "adopt" if random.random() < 0.4 else drift


def _rolling(random: Random, replicas: int) -> Rolling:
    if replicas > 1 and random.random() < 0.3:
        return Rolling(surge=0, unavailable=random.randint(1, replicas - 1), batches=random.randint(1, 4))
    surge = random.choice((None, 1, 2))
    return Rolling(surge=surge, batches=random.randint(1, 4), pause=random.choice((0.0, 5.0)))


def _canary(random: Random, bake: float) -> Canary:
    shares = random.choice(((5_000, 25_000, 50_000, TOTAL), (1, TOTAL), (33_333, 66_667, TOTAL), (TOTAL,)))
    return Canary(
        shares=tuple(Share(share) for share in shares),
        bake=bake,
        users=(("header", "canary", "true"),) if random.random() < 0.3 else (),
        users_first=random.random() < 0.5,
        sticky=Sticky(kind="cookie", name="shipway") if random.random() < 0.3 else None,
    )


def _or_experiment(strategy: str, random: Random) -> str:
    """Its own numbers, so that the seeds of before stay what they were."""
    return "experiment" if random.random() < 0.15 else strategy


def _experiment(random: Random, bake: float) -> Experiment:
    then = random.choice(("ask", "ask", "promote", "back"))
    return Experiment(split=Share(random.choice((10_000, 50_000))), seconds=bake, then=then)


def _mirror(random: Random, bake: float) -> Mirroring | None:
    """Some copy requests first. Its own numbers, so that the seeds of before stay what they were."""
    if random.random() < 0.7:
        return None
    return Mirroring(share=Share(random.choice((1_000, 10_000, TOTAL))), seconds=bake)


def _guard(random: Random) -> Guard:
    return Guard(
        interval=random.choice((5.0, 10.0)),
        medium_patience=random.choice((10.0, 45.0)),
        blind_patience=random.choice((10.0, 45.0)),
        dead_patience=random.choice((10.0, 30.0)),
        no_data=random.choice(("extend", "extend", "hold", "rollback", "go")),
    )


def _growing(guard: Guard, random: Random) -> Guard:
    """Some repeat undecided stages. Its own numbers, so that the seeds of before stay what they were."""
    return replace(guard, no_data="grow") if guard.no_data == "extend" and random.random() < 0.5 else guard


def _smoke(random: Random) -> Need | None:
    chance = random.random()
    if chance < 0.8:
        return None
    target = "yes 3" if chance < 0.9 else random.choice(("yes 0", "no 2", "never"))
    return Need(kind=gates.KIND, target=target, timeout=20.0)


def _hooks(random: Random) -> Hooks:
    """Any moments; some fail and some hang. Its own numbers, so that the seeds of before stay what they were."""
    if random.random() < 0.7:
        return Hooks()
    targets = ("yes 0", "yes 3", "yes 3", "yes 10", "no 2", "never")
    calls = [
        Hook(moment=random.choice(MOMENTS), kind=gates.KIND, target=random.choice(targets), timeout=15.0)
        for _ in range(random.randint(1, 4))
    ]
    return Hooks(calls=tuple(calls), back_after=random.choice((None, 0.0, 20.0)))


# What the judge says


def _script(random: Random, until: float) -> tuple[Scripted, ...]:
    """A mood that changes a few times; once the faults are over the metrics are there again."""
    moods = (HEALTHY, HEALTHY, HEALTHY, NOT_ENOUGH, BLIND, *(_harm(severity) for severity in Severity))
    lines = [Scripted(at=0.0, verdict=HEALTHY if random.random() < 0.7 else random.choice(moods))]
    for when in instants(random, until, random.choice((0, 1, 2, 4))):
        who = random.choice((None, *VERSIONS))
        lines.append(Scripted(at=when, verdict=random.choice(moods), candidate=who))
    final = random.choice((HEALTHY, HEALTHY, HEALTHY, NOT_ENOUGH, *(_harm(severity) for severity in Severity)))
    return (*lines, Scripted(at=until, verdict=final))


def _harm(severity: Severity) -> Verdict:
    return Verdict(kind=Kind.HARMFUL, severity=severity, sentence=f"the script says {severity.value}")
