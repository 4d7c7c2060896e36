"""What a flag is worth, and why, in the words of OpenFeature (openfeature.dev/specification/types)."""

from shipway.flags.bucketing import key_of
from shipway.flags.evaluate import Decision, Evaluator
from shipway.flags.model import Json
from shipway.flags.rules import User
from shipway.model.share import NONE, TOTAL

REASONS = {"kill": "DISABLED", "switch": "DISABLED", "everybody": "STATIC", "rollout": "SPLIT"}
"""All others are what targeting is to OpenFeature: something about this user."""
TARGETING_KEY = "targetingKey"
USER = "user_id"


def reason(evaluator: Evaluator, decision: Decision) -> str:
    """Why, in one of OpenFeature's words."""
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


def needs_key(evaluator: Evaluator, decision: Decision, user: User) -> bool:
    """Whether the user is out only because nothing says who it is."""
    if decision.reason != "rollout" or decision.enabled:
        return False
    rollout = evaluator.flag.rollout
    return NONE < rollout.share < TOTAL and key_of(user.get(rollout.by)) is None
