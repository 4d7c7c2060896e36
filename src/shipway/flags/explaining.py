"""Why a user has a flag, or has it not, in one sentence."""

from dataclasses import dataclass

from shipway.flags.bucketing import bucket, key_of
from shipway.flags.evaluate import Decision, Evaluator, flag_seed
from shipway.flags.model import Flag, Json
from shipway.flags.rules import User
from shipway.model.share import percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An answer with its reason."""

    flag: str
    enabled: bool
    variant: str | None
    value: Json
    reason: str
    """As in `Decision.reason`."""
    because: str
    """One sentence."""

    def __str__(self) -> str:
        variant = f" ({self.variant})" if self.variant else ""
        return f"{self.flag} is {'on' if self.enabled else 'off'}{variant}: {self.because}"


def explained(evaluator: Evaluator, user: User, decision: Decision) -> Explanation:
    """The decision in words."""
    return Explanation(
        flag=evaluator.flag.name,
        enabled=decision.enabled,
        variant=evaluator.variant(user, decision),
        value=evaluator.value(user, decision),
        reason=decision.reason,
        because=_because(evaluator.flag, user, decision),
    )


def unknown(name: str, why: str) -> Explanation:
    """There is no such flag, or it could not be asked."""
    return Explanation(flag=name, enabled=False, variant=None, value=None, reason="unknown", because=why)


def _because(flag: Flag, user: User, decision: Decision) -> str:
    match decision.reason:
        case "kill":
            return "it was killed, and nothing overrides that."
        case "requires":
            return f"it requires {decision.by}, which is off for this user."
        case "blocklist":
            return "the user is on its blocklist."
        case "allowlist":
            return "the user is on its allowlist."
        case "switch":
            return "it is switched off for all but its allowlist."
        case "holdout":
            return f"the user is held out by {decision.by}, to compare with."
        case "exclusive":
            return f"in {decision.by} this user's place belongs to another flag."
        case "targeting":
            return f"this holds for the user: {decision.by}"
        case "override":
            return "a test or a person overrides it in this process."
        case _:
            return _by_share(flag, user)


def _by_share(flag: Flag, user: User) -> str:
    share, by = flag.rollout.share, flag.rollout.by
    if share in (0, 100_000):
        return f"{percent(share)} of users have it."
    key = key_of(user.get(by))
    if key is None:
        return f"{percent(share)} of users have it, and this one has no {by}."
    place = bucket(key, flag_seed(flag))
    side = "within" if place < share else "beyond"
    return f"{by} {user.get(by)} stands at {percent(place)}, {side} the {percent(share)} of users who have it."
