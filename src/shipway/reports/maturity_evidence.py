"""What the journal and kept releases prove of each claim. Pure: what was read comes as values."""

import time
from collections.abc import Mapping, Sequence

from msgspec import Struct

from shipway.model.past import Past
from shipway.model.release import Release
from shipway.model.revision import RevisionId
from shipway.model.share import NONE, TOTAL
from shipway.reports.delivery import ASKED, RETURNS
from shipway.reports.maturity import Claim, Seen, claims

WARM = ("canary", "blue-green", "experiment")
STEPPED = ("rolling", *WARM)
MADE = "finished", "superseded"


class Pipeline(Struct, frozen=True, kw_only=True):
    """A step that deploys, as somebody found it."""

    where: str
    command: str
    is_automatic: bool


class Facts(Struct, frozen=True, kw_only=True):
    """Everything that evidence is looked for in."""

    past: Sequence[Past]
    """Ended runs, the oldest first."""
    releases: Mapping[RevisionId, Release] = {}
    """How kept revisions were shipped."""
    paths: Mapping[RevisionId, tuple[str, str]] = {}
    """By revision the paths of readiness and liveness."""
    recorded: Sequence[str] = ()
    """Releases of which the guard's counts are kept."""
    pipelines: Sequence[Pipeline] = ()


def evidence(facts: Facts) -> dict[str, Seen]:
    """For every claim what was seen, or what is missing."""
    finders = {
        "script": _script,
        "way-back": _way_back,
        "pipeline": _pipeline,
        "health": _health,
        "gradual": _gradual,
        "side-by-side": _side_by_side,
        "flags": _flags,
        "monitoring": _monitoring,
        "experiments": _experiments,
        "automatic-back": _automatic,
        "segments": _segments,
    }
    return {
        claim.name: _back(facts, claim) if claim.back_within is not None else finders[claim.name](facts)
        for claim in claims()
    }


def _script(facts: Facts) -> Seen:
    shipped = [run for run in facts.past if run.outcome in MADE]
    return _newest(shipped, "nothing was deployed by Shipway yet", count=f"{len(shipped)} in the journal, newest")


def _way_back(facts: Facts) -> Seen:
    if len(facts.releases) > 1:
        return Seen(True, f"{len(facts.releases)} revisions are kept with how they were shipped")
    return Seen(False, "only one revision is kept" if facts.releases else "no revision is kept")


def _pipeline(facts: Facts) -> Seen:
    for found in facts.pipelines:
        if found.is_automatic:
            return Seen(True, f"{found.where}: {found.command}")
    if facts.pipelines:
        return Seen(False, f"{facts.pipelines[0].where}: somebody starts it by hand")
    return Seen(False, "no step of a pipeline here deploys")


def _health(facts: Facts) -> Seen:
    """That replicas became ready by them: a run that ended well, of a revision that says which paths they are."""
    for run in reversed(_finished(facts)):
        ready, alive = facts.paths.get(run.candidate, ("", ""))
        if ready and ready != alive:
            return Seen(True, f"{_named(run)}: {ready} and {alive}")
        if ready:
            return Seen(False, f"{_named(run)}: {ready} is asked for both, so a lost database restarts replicas")
        if run.kind != "http":
            return Seen(True, f"{_named(run)}: by heartbeats")
    return Seen(False, "no kept release ended well")


def _gradual(facts: Facts) -> Seen:
    """Users moved in parts; of workers and of versions that are switched, that they were replaced beside."""
    runs = [
        run
        for run in _finished(facts)
        if run.strategy in STEPPED and (_parts(run) or run.strategy == "blue-green" or run.kind != "http")
    ]
    return _newest(runs, "no release moved users in parts")


def _parts(run: Past) -> bool:
    return any(NONE < stage.share < TOTAL for stage in run.met)


def _side_by_side(facts: Facts) -> Seen:
    runs = [run for run in _finished(facts) if run.strategy in WARM]
    return _newest(runs, "no release by canary or blue-green ended well")


def _flags(facts: Facts) -> Seen:
    done = {run.candidate for run in _finished(facts)}
    for revision, release in facts.releases.items():
        ramps = [ramp for ramp in release.ramps if ramp.shares]
        if ramps and revision in done:
            return Seen(True, f"{_version(revision)} showed {ramps[0].flag} in {len(ramps[0].shares)} steps")
    return Seen(False, "no kept release that ended well showed a flag step by step")


def _monitoring(facts: Facts) -> Seen:
    if facts.recorded:
        return Seen(True, f"the guard's counts of {len(facts.recorded)} releases, newest {facts.recorded[-1]}")
    return Seen(False, "the guard has recorded no release with users on both versions")


def _experiments(facts: Facts) -> Seen:
    runs = [run for run in facts.past if run.strategy == "experiment" and run.met]
    if runs and not any(run.strategy == "canary" for run in _finished(facts)):
        return Seen(False, "there was an A/B test, but no canary ended well")
    if runs and not _flags(facts).is_seen:
        return Seen(False, "there was an A/B test, but no flag was shown step by step")
    return _newest(runs, "no experiment had users yet")


def _automatic(facts: Facts) -> Seen:
    return _newest(_by_itself(facts), "the guard has taken nothing back yet")


def _by_itself(facts: Facts) -> list[Past]:
    return [run for run in facts.past if run.turned_at is not None and run.back_rule not in ("", ASKED)]


def _segments(facts: Facts) -> Seen:
    met = {run.candidate for run in facts.past if run.met}
    for revision, release in facts.releases.items():
        if revision in met and release.canary is not None and release.canary.users:
            kind, name, value = release.canary.users[0]
            return Seen(True, f"{_version(revision)} went to users with {kind} {name}: {value} first")
    return Seen(False, "no kept release chose users by header, cookie or claim")


def _back(facts: Facts, claim: Claim) -> Seen:
    """The slowest of all take-backs counts: from the decision until no user was on the version."""
    assert claim.back_within is not None
    runs = _by_itself(facts) if claim.name == "back-30-seconds" else facts.past
    took = [(run.recovered_at - run.turned_at, run) for run in runs if run.turned_at and run.recovered_at]
    if took:
        slowest, run = max(took, key=lambda one: one[0])
        return Seen(slowest <= claim.back_within, f"slowest of {len(took)}: {slowest:.1f} s, {_named(run)}")
    return _promised(facts, claim.back_within)


def _promised(facts: Facts, within: float) -> Seen:
    """Without any take-back a plan's promise stands for fifteen minutes, since a deploy that would break it is
    refused: it is no evidence of less."""
    kept = [(run, facts.releases[run.candidate]) for run in _finished(facts) if run.candidate in facts.releases]
    if kept and within >= 900.0 and kept[-1][1].rollback.within <= within:
        run, release = kept[-1]
        said = f"{_named(run)} was refused, had its plan needed more than {release.rollback.within:.0f} s"
        return Seen(True, said)
    return Seen(False, "nothing was taken back yet, so nobody knows how long it takes")


def _finished(facts: Facts) -> list[Past]:
    return [run for run in facts.past if run.outcome == "finished" and run.strategy != RETURNS]


def _newest(runs: Sequence[Past], missing: str, *, count: str = "") -> Seen:
    return Seen(True, f"{count} {_named(runs[-1])}".strip()) if runs else Seen(False, missing)


def _named(run: Past) -> str:
    day = time.strftime("%Y-%m-%d", time.gmtime(run.started_at))
    return f"{_version(run.candidate)} ({run.strategy}, {day})"


def _version(revision: str) -> str:
    return revision.rpartition("-")[0] or revision
