"""What OFREP says of a flag for one user, written out: each outcome once, until the flags change."""

from collections.abc import Mapping

import msgspec

from shipway.flags.bucketing import key_of
from shipway.flags.evaluate import Decision, Evaluator
from shipway.flags.model import Json
from shipway.flags.rules import User
from shipway.server.flags.live import Live

TARGETING_KEY = "targetingKey"
USER = "user_id"
KEPT_MAX = 100_000
REASONS = {
    "kill": "DISABLED",
    "switch": "DISABLED",
    "everybody": "STATIC",
    "rollout": "SPLIT",
}
"""All others are what targeting is to OFREP: something about this user."""


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
    return b",".join([written(live, name, evaluator, user) for name, evaluator in live.evaluators.items()])


def written(live: Live, name: str, evaluator: Evaluator, user: User) -> bytes:
    """One flag's answer. What cannot be asked is an error of this flag alone."""
    try:
        decision = evaluator.decide(user)
        variant = evaluator.variant(user, decision)
        if decision.reason == "rollout" and not decision.enabled and _has_no_key(evaluator, user):
            return failure(name, "TARGETING_KEY_MISSING", f"its users are known by {evaluator.flag.rollout.by}")
    except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
        return failure(name, "INVALID_CONTEXT", f"it cannot be asked for this context: {error}")
    key = (name, id(decision), variant)  # decisions are made once for each flag, and live as long as it
    found = live.answers.get(key)
    if found is None:
        found = msgspec.json.encode(_said(evaluator, decision, variant))
        if len(live.answers) < KEPT_MAX:
            live.answers[key] = found
    return found


def failure(name: str, code: str, details: str) -> bytes:
    """An error as OFREP has it."""
    return msgspec.json.encode({"key": name, "errorCode": code, "errorDetails": details})


def _has_no_key(evaluator: Evaluator, user: User) -> bool:
    rollout = evaluator.flag.rollout
    return 0 < rollout.share < 100_000 and key_of(user.get(rollout.by)) is None


def _said(evaluator: Evaluator, decision: Decision, variant: str | None) -> dict[str, Json]:
    said: dict[str, Json] = {"key": evaluator.flag.name, "reason": reason(evaluator, decision)}
    value = value_of(evaluator, decision, variant)
    if value is not None:
        said["value"] = value
    if variant is not None:
        said["variant"] = variant
    metadata = {"because": decision.reason}
    if decision.by:
        metadata["by"] = decision.by
    return said | {"metadata": metadata}


def reason(evaluator: Evaluator, decision: Decision) -> str:
    """In OpenFeature's words."""
    if decision.enabled and decision.variant is None and len(evaluator.flag.variants) > 1:
        return "SPLIT"
    return REASONS.get(decision.reason, "TARGETING_MATCH")


def value_of(evaluator: Evaluator, decision: Decision, variant: str | None) -> Json:
    """What a flag is worth to OpenFeature.

    A flag with values has the user's value, one with variants alone the variant's name; where it is off, none, so
    that the code's default holds. Any other flag is true or false: a kill is false whatever the code's default.
    """
    flag = evaluator.flag
    if flag.value is None and not flag.variants:
        return decision.enabled
    if not decision.enabled:
        return None
    value = evaluator.values.get(variant)
    return variant if value is None and flag.value is None else value
