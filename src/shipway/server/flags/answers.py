"""What OFREP says of a flag for one user, written out: each outcome once, until the flags change."""

from collections.abc import Mapping

import msgspec

from shipway.flags.bucketing import key_of
from shipway.flags.evaluate import Decision, Evaluator
from shipway.flags.meaning import TARGETING_KEY, USER, needs_key, reason, value_of
from shipway.flags.model import Json
from shipway.flags.rules import User
from shipway.server.flags.live import Live

KEPT_MAX = 100_000
ODD = (TypeError, ValueError, ArithmeticError, RecursionError)
"""What a context may do to a rule."""


def user_of(context: Mapping[str, object]) -> User:
    """The context as our rules see it: the targeting key is `user_id`, unless that is sent too."""
    if TARGETING_KEY in context and USER not in context:
        return {**context, USER: context[TARGETING_KEY]}
    return context


def single(live: Live, name: str, user: User) -> tuple[int, bytes]:
    """The status and the body of one evaluation."""
    evaluator = live.evaluators.get(name)
    if evaluator is None:
        return 404, failure(name, "FLAG_NOT_FOUND", f"there is no flag of this name in {live.environment.name}")
    found = written(live, name, evaluator, user)
    return (400 if found.startswith(b'{"key":"%s","errorCode"' % name.encode()) else 200), found


def all_of(live: Live, user: User) -> bytes:
    """The list of all flags."""
    if key_of(user.get(USER)) is None:
        return b",".join([written(live, name, evaluator, user) for name, evaluator in live.evaluators.items()])
    parts = []
    for name, quick in live.quick.items():
        try:
            found = quick.answers.get(id(quick.decide(user)))
        except ODD:
            found = None
        parts.append(found or written(live, name, quick.evaluator, user))
    return b",".join(parts)


def written(live: Live, name: str, evaluator: Evaluator, user: User) -> bytes:
    """One flag's answer. What cannot be asked is an error of this flag alone."""
    try:
        decision = evaluator.decide(user)
        variant = evaluator.variant(user, decision)
        if needs_key(evaluator, decision, user):
            return failure(name, "TARGETING_KEY_MISSING", f"its users are known by {evaluator.flag.rollout.by}")
    except ODD as error:
        return failure(name, "INVALID_CONTEXT", f"it cannot be asked for this context: {error}")
    key = (name, id(decision), variant)  # decisions are made once for each flag, and live as long as it
    found = live.answers.get(key)
    if found is None:
        found = msgspec.json.encode(_said(evaluator, decision, variant))
        if len(live.answers) < KEPT_MAX:
            live.answers[key] = found
        quick = live.quick[name]
        if quick.is_plain:
            quick.answers[id(decision)] = found
    return found


def failure(name: str, code: str, details: str) -> bytes:
    """An error as OFREP has it."""
    return msgspec.json.encode({"key": name, "errorCode": code, "errorDetails": details})


def _said(evaluator: Evaluator, decision: Decision, variant: str | None) -> dict[str, Json]:
    said: dict[str, Json] = {"key": evaluator.flag.name, "reason": reason(evaluator, decision)}
    value = value_of(evaluator, decision, variant)
    if value is not None:
        said["value"] = value
    said["variant"] = variant or (
        "on" if decision.enabled else "off"
    )  # OpenFeature's client wants one of every flag
    metadata = {"because": decision.reason}
    if decision.by:
        metadata["by"] = decision.by
    return said | {"metadata": metadata}
