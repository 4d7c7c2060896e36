"""`strategy: auto`: from the change that a version brings and the file's facts to a strategy and its gates."""

import dataclasses
import re
from pathlib import Path

from msgspec import Struct

from shipway.adapters.git import revisions
from shipway.assessment.touches import AUTHENTICATION, DATA, PAYMENTS, SCHEMA
from shipway.cli.shell import reading
from shipway.cli.shell.assessing import Asked, Assessed, assessed
from shipway.errors import ShipwayError
from shipway.home import Home
from shipway.model.plan import Need
from shipway.model.release import Approval
from shipway.planning.choice.choose import Choice, choose
from shipway.planning.choice.situation import Situation
from shipway.spec.load import Loaded
from shipway.spec.off_peak import HOURS
from shipway.spec.platforms import updated_by
from shipway.spec.wish import replicas_of

AUTO = "auto"
HASH = re.compile(r"[0-9a-f]{7,64}")
CRITICAL = {SCHEMA, DATA, AUTHENTICATION, PAYMENTS}
GATE_SECONDS = 300.0
GATES = {"approval": "approval", "on-call": "on_call", "off-peak": "off_peak", "team": "team"}
QUESTIONS = {
    "on-call": "somebody is on call",
    "off-peak": "it is off-peak",
    "team": "the full team is told",
}


class NoBase(ShipwayError):
    """Nobody knows which commit is live."""

    code = "no-base"


class Resolved(Struct, frozen=True, kw_only=True):
    """What was chosen, and by which change; none for a first deployment."""

    choice: Choice
    assessed: Assessed | None = None


def resolved(home: Home, loaded: Loaded, version: str, *, strategy: str | None) -> tuple[Loaded, Resolved | None]:
    """The file with a strategy and what must be agreed to; as it is where it names a strategy itself.

    A strategy of the command line is taken, and the gates of the risk stay. Raises `ShipwayError`.
    """
    if AUTO not in (strategy, loaded.file.strategy):
        return loaded, None
    found = _chosen(home, loaded, version)
    named = strategy if strategy not in (None, AUTO) else found.choice.strategy
    file = loaded.file.model_copy(update={"strategy": named})
    return dataclasses.replace(loaded, file=file, approval=_approval(loaded, found)), found


def _chosen(home: Home, loaded: Loaded, version: str) -> Resolved:
    state = reading.state(home, loaded.file.service)
    known = reading.known(home, loaded.file.service)
    if state.proven is None or state.is_down or state.proven not in known:
        return Resolved(choice=choose(_facts(loaded, None)))
    words = f"{_base(loaded, known[state.proven].version)}..{_head(loaded.root, version)}"
    asked = Asked(range=words, repository=loaded.root, service=loaded.file.service)
    found = assessed(home, asked)
    return Resolved(choice=choose(_facts(loaded, found)), assessed=found)


def _base(loaded: Loaded, live: str) -> str:
    """What is live: `auto.base`, or the commit that its version names. Raises `NoBase`."""
    if loaded.file.auto.base:
        return loaded.file.auto.base
    if (found := _commit(loaded.root, live)) is not None:
        return found
    raise NoBase(
        f"Which commit is {live}? No tag says it",
        where=loaded.where("strategy"),
        why="`strategy: auto` compares what is live with what comes, and guesses neither.",
        fix=f"Tag it: `git tag {live} COMMIT`, or fetch tags: `git fetch --tags`; or write `auto: {{base: …}}`.",
    )


def _head(root: Path, version: str) -> str:
    return _commit(root, version) or "HEAD"


def _commit(root: Path, version: str) -> str | None:
    """Its tag, or the commit itself where versions are commits."""
    top = revisions.look(root)[0]
    if found := revisions.tag_of(top, version):
        return found[0]
    return version if HASH.fullmatch(version) and revisions.named(top, version) else None


def _facts(loaded: Loaded, found: Assessed | None) -> Situation:
    auto = loaded.file.auto
    moves = bool(loaded.file.changes)
    possible = _possible(loaded)
    if found is None:
        return Situation(is_first=True, changes_database=moves, possible=possible)
    result = found.assessment
    touched = set(result.touches)
    return Situation(
        risk=result.risk,
        is_critical=bool(touched & CRITICAL),
        touches=result.touches,
        is_large=result.is_large,
        lines=result.lines,
        users=auto.users,
        wants_ab=auto.ab_test,
        services=auto.services,
        wants_instant=auto.instant_rollback,
        changes_database=moves or bool(touched & {SCHEMA, DATA}),
        possible=possible,
    )


def _possible(loaded: Loaded) -> tuple[str, ...]:
    file = loaded.file
    if updated_by(file.platform):
        return ("rolling",)
    if file.kind == "cron":
        return ("rolling", "canary")
    if file.kind == "worker" and replicas_of(loaded) == 1:
        return ("rolling", "blue-green")
    return ("rolling", "blue-green", "canary")


def _approval(loaded: Loaded, found: Resolved) -> Approval | None:
    """Gates that the file names are asked; what it names nobody for, a person is asked, in one question."""
    needs = found.choice.needs
    if not needs:
        return None
    calls = {need: getattr(loaded.file.auto.gates, GATES[need]) for need in needs}
    gates = tuple(
        Need(kind=call[0].kind, target=call[0].target, timeout=call[0].timeout or GATE_SECONDS)
        for call in calls.values()
        if call
    )
    asks = _question(found, [need for need in needs if not calls[need]])
    hours = next((gate for gate in gates if gate.kind == HOURS), None)
    return Approval(asks=asks, gates=tuple(gate for gate in gates if gate != hours), hours=hours)


def _question(found: Resolved, unsaid: list[str]) -> str:
    if not unsaid:
        return ""
    assert found.assessed is not None
    heaviest = found.assessed.assessment.reasons[0].sentence
    conditions = [QUESTIONS[need] for need in unsaid if need in QUESTIONS]
    told = f"; agree when {', '.join(conditions)}" if conditions else ""
    return f"{found.choice.risk.word} risk: {heaviest}{told}"
