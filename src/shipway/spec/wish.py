"""From the file to a wish: this revision, shipped that way."""

from shipway.errors import UnknownName
from shipway.model import release as model
from shipway.model.hook import DURING_STAGE, MOMENTS, Hook, Hooks
from shipway.model.metric import Metric
from shipway.model.plan import Need
from shipway.model.policy import Guard, Rollback
from shipway.model.revision import RevisionId
from shipway.model.route import SAFE_METHODS, Sticky
from shipway.model.service_kind import ServiceKind
from shipway.model.verdict import Severity
from shipway.spec import release as spec
from shipway.spec.changes import Move
from shipway.spec.fields import Section
from shipway.spec.hooks import Hooks as HooksWritten
from shipway.spec.load import Loaded
from shipway.spec.measured import Measured
from shipway.spec.nearest import listed, nearest
from shipway.spec.revision import phase_of
from shipway.spec.strategies import STRATEGIES, BlueGreen, Canary, Experiment, Rolling
from shipway.spec.strategies import Sticky as StickyWritten
from shipway.spec.traffic.copies import Copied

HOOK_SECONDS = 60.0
DURING_SECONDS = 24 * 3600.0


def release_of(loaded: Loaded, revision: RevisionId, *, strategy: str | None = None) -> model.Release:
    """What the file asks for; `strategy` from the command line wins. Raises `UnknownName` for an unknown one."""
    file = loaded.file
    return model.Release(
        service=file.service,
        revision=revision,
        strategy=file.strategy if strategy is None else _known(strategy),
        replicas=replicas_of(loaded),
        kind=ServiceKind(file.kind),
        rolling=_rolling(file.rolling),
        blue_green=_blue_green(file.blue_green),
        canary=_canary(file.canary),
        experiment=_experiment(file.experiment),
        mirror=_mirror(file.traffic.options) if file.kind == "http" else None,
        guard=guard_of(file.guard),
        rollback=Rollback(window=file.rollback.window, within=file.rollback.within),
        smoke=Need(kind="command", target=file.smoke) if file.smoke else None,
        approval=loaded.approval,
        hooks=hooks_of(file.hooks),
        ramps=tuple(
            model.Ramp(flag=name, shares=ramp.to, bake=ramp.bake) for name, ramp in file.flags.ramps.items()
        ),
        schema=tuple(_moved(name, move) for name, move in file.changes.items()),
        schema_within=file.schema_.within if file.schema_ else model.SCHEMA_SECONDS,
        price_per_replica_hour=file.price_per_replica_hour,
        deadline=file.deadline,
        drain_grace=file.drain,
        steady=file.health.steady,
        keep=file.keep,
        drift=file.drift,
    )


def _moved(name: str, move: Move) -> model.SchemaChange:
    return model.SchemaChange(
        change=name,
        needs=phase_of(move.needs),
        until=phase_of(move.until),
        contract=move.contract == "ask",
        flag=move.flag or "",
    )


def replicas_of(loaded: Loaded) -> int:
    """Full capacity, as the chosen platform's options say it."""
    replicas = getattr(loaded.file.platform.options, "replicas", 1)
    assert isinstance(replicas, int)
    return replicas


def _known(strategy: str) -> str:
    if strategy in STRATEGIES:
        return strategy
    meant = nearest(strategy, STRATEGIES)
    raise UnknownName(
        f"There is no strategy `{strategy}`",
        where="--strategy",
        why=f"Known: {listed(STRATEGIES)}.",
        fix=f"Did you mean `{meant}`?" if meant else "Use one of these.",
    )


def _rolling(rolling: Rolling) -> model.Rolling:
    return model.Rolling(
        surge=rolling.surge, unavailable=rolling.unavailable, batches=rolling.batches, pause=rolling.pause
    )


def _blue_green(blue_green: BlueGreen) -> model.BlueGreen:
    return model.BlueGreen(bake=blue_green.bake, split=blue_green.split, split_for=blue_green.split_for)


def _canary(canary: Canary) -> model.Canary:
    return model.Canary(
        shares=canary.stages,
        bake=canary.bake,
        users=_users(canary),
        users_first=canary.users_first,
        jobs=canary.jobs,
        sticky=_sticky(canary.sticky),
    )


def _experiment(wish: Experiment) -> model.Experiment:
    sticky = _sticky(wish.sticky)
    assert sticky is not None, "an experiment keeps its users where they are"
    return model.Experiment(split=wish.split, seconds=wish.lasts, sticky=sticky, then=wish.then)


def _mirror(options: Section) -> model.Mirroring | None:
    if not isinstance(options, Copied) or options.mirror is None:
        return None
    methods = SAFE_METHODS if options.mirror_methods == "safe" else ()
    return model.Mirroring(share=options.mirror, seconds=options.mirror_for, methods=methods)


def _users(canary: Canary) -> tuple[tuple[str, str, str], ...]:
    chosen = canary.users
    kinds = (("header", chosen.header), ("cookie", chosen.cookie), ("claim", chosen.claim))
    return tuple((kind, name, value) for kind, chosen in kinds for name, value in chosen.items())


def _sticky(written: StickyWritten | None) -> Sticky | None:
    match written:
        case None:
            return None
        case sticky if sticky.cookie is not None:
            return Sticky(kind="cookie", name=sticky.cookie)
        case sticky:
            assert sticky.header is not None
            return Sticky(kind="header", name=sticky.header)


def guard_of(guard: spec.Guard) -> Guard:
    """The file's words as the value that everyone speaks."""
    return Guard(
        interval=guard.interval,
        false_rollback=guard.false_rollback,
        success_rate_min=guard.success_rate,
        latency_p99_max=guard.latency_p99,
        no_data=guard.no_data,
        promote=guard.promote,
        minimum_stay=guard.minimum_stay,
        failed_jobs=guard.failed_jobs,
        metrics=tuple(_metric(name, written) for name, written in guard.metrics.items()),
    )


def hooks_of(written: HooksWritten) -> Hooks:
    """Every call with its moment and its time."""
    calls = ((moment, call) for moment in MOMENTS for call in getattr(written, moment))
    return Hooks(
        calls=tuple(
            Hook(moment=moment, kind=call.kind, target=call.target, timeout=call.timeout or _time(moment))
            for moment, call in calls
        ),
        back_after=written.back_after,
    )


def _time(moment: str) -> float:
    """What accompanies a stage is ended with it."""
    return DURING_SECONDS if moment == DURING_STAGE else HOOK_SECONDS


def _metric(name: str, written: Measured) -> Metric:
    return Metric(
        name=name,
        query=written.query or "",
        of=written.of or "",
        flag_query=(written.flags and written.flags.query) or "",
        flag_of=(written.flags and written.flags.of) or "",
        resource=written.resource or "",
        is_gauge=written.gauge,
        worse_by=written.worse_by,
        at_most=written.at_most,
        at_least=written.at_least,
        severity=Severity(written.severity),
        any_is_critical=written.critical is not None,
    )
