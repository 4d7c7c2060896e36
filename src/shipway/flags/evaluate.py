"""From flags to closures: one per flag, which takes a user's attributes and returns a decision made beforehand.

The order is that of danger: the kill switch, prerequisites, blocklist, allowlist, the switch, holdouts and
exclusive groups, targeting, percentage. Nothing is read while a user waits but the user.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xxhash import xxh64_intdigest

from shipway.flags.bucketing import RELEASE_SEED, bucket, distance, key_of, seed_of
from shipway.flags.model import Exclusive, Flag, FlagFile, Holdout, Identity, Json, Target
from shipway.flags.rules import Test, User, compile_rule
from shipway.model.share import NONE, TOTAL, Share


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome, and what led to it."""

    enabled: bool
    reason: str
    """`kill`, `requires`, `blocklist`, `allowlist`, `switch`, `holdout`, `exclusive`, `targeting`, `rollout`,
    `everybody`, `override`, or `unknown`."""
    by: str = ""
    """The rule, the flag, the group: whatever the reason is about."""
    variant: str | None = None
    """Fixed by a rule; otherwise the user's own."""


Decide = Callable[[User], Decision]
Step = Callable[[User], Decision | None]
Rules = tuple[tuple[Test, Decision], ...]
UNKNOWN = Decision(False, "unknown")
KILLED = Decision(False, "kill")
BLOCKED, ALLOWED = Decision(False, "blocklist"), Decision(True, "allowlist")
SWITCHED_OFF = Decision(False, "switch")
EVERYBODY, NOBODY = Decision(True, "everybody"), Decision(False, "rollout")
IN, OUT = Decision(True, "rollout"), Decision(False, "rollout")


@dataclass(frozen=True, slots=True)
class Evaluator:
    """A flag that is ready to be asked."""

    decide: Decide
    choose: Callable[[User], str | None]
    """The variant that is the user's own where the flag is on."""
    values: Mapping[str | None, Json]
    """By variant, and by none."""
    flag: Flag
    is_by_share_alone: bool = False
    """Whether the rollout is all there is to decide."""

    def variant(self, user: User, decision: Decision) -> str | None:
        """The variant that goes with a decision."""
        return (decision.variant or self.choose(user)) if decision.enabled else None

    def value(self, user: User, decision: Decision) -> Json:
        """The value that goes with a decision; none where the flag is off."""
        return self.values.get(self.variant(user, decision)) if decision.enabled else None


def compile_file(file: FlagFile) -> dict[str, Evaluator]:
    """Every flag; prerequisites come before what requires them."""
    made: dict[str, Evaluator] = {}
    segments = {
        name: _either(compile_rule(segment.rule) if segment.rule else None, _listed(segment.users))
        for name, segment in file.segments.items()
    }
    for flag in _parents_first(file.features):
        made[flag.name] = _evaluator(flag, file, segments, made)
    return made


def _parents_first(features: Mapping[str, Flag]) -> Iterator[Flag]:
    seen: set[str] = set()

    def visit(flag: Flag) -> Iterator[Flag]:
        if flag.name not in seen:
            seen.add(flag.name)
            for parent in flag.requires:
                yield from visit(features[parent])
            yield flag

    for flag in features.values():
        yield from visit(flag)


def _evaluator(
    flag: Flag, file: FlagFile, segments: Mapping[str, Test], parents: Mapping[str, Evaluator]
) -> Evaluator:
    steps = tuple(_steps(flag, file, segments, parents))
    values: dict[str | None, Json] = {variant.name: variant.value for variant in flag.variants}
    rules = _rules(flag, segments) if flag.enabled and not flag.is_killed else ()
    alone = not steps and flag.enabled and not flag.is_killed
    return Evaluator(
        _in_turn(steps, rules, _last(flag)), _chooser(flag), {**values, None: flag.value}, flag, alone
    )


def _in_turn(steps: tuple[Step, ...], rules: Rules, last: Decide) -> Decide:
    """The first step that knows decides. The rules are one of the steps; alone they need no call of their own."""
    if not steps:
        return last
    if rules and len(steps) == 1:
        return _targeted_or(rules, last)
    if len(steps) == 1:
        return _two(steps[0], last)

    def decide(user: User) -> Decision:
        for step in steps:
            found = step(user)
            if found is not None:
                return found
        return last(user)

    return decide


def _two(step: Step, last: Decide) -> Decide:
    def decide(user: User) -> Decision:
        found = step(user)
        return last(user) if found is None else found

    return decide


def _steps(
    flag: Flag, file: FlagFile, segments: Mapping[str, Test], parents: Mapping[str, Evaluator]
) -> Iterator[Step]:
    if flag.is_killed:
        return
    for name in flag.requires:
        yield _required(name, parents[name].decide)
    if flag.blocklist:
        yield _matched(_listed(flag.blocklist), BLOCKED)
    if flag.allowlist:
        yield _matched(_listed(flag.allowlist), ALLOWED)
    if not flag.enabled:
        return
    for holdout in file.holdouts:
        if holdout.flags is None or flag.name in holdout.flags:
            yield _held_out(holdout)
    for group in file.exclusive:
        if flag.name in group.shares:
            yield _excluded(group, flag.name)
    if flag.targeting:
        yield _targeted(_rules(flag, segments))


def _rules(flag: Flag, segments: Mapping[str, Test]) -> Rules:
    return tuple((_test(target, segments), _outcome(target)) for target in flag.targeting)


def _last(flag: Flag) -> Decide:
    if flag.is_killed:
        return lambda user: KILLED
    if not flag.enabled:
        return lambda user: SWITCHED_OFF
    share = flag.rollout.share
    if share in (NONE, TOTAL):
        outcome = EVERYBODY if share else NOBODY
        return lambda user: outcome
    return _rolled_out(share, flag.rollout.by, flag_seed(flag))


def flag_seed(flag: Flag) -> int:
    """What the places of a flag's users are hashed with."""
    return RELEASE_SEED if flag.is_of_release else seed_of(flag.name)


def _rolled_out(share: Share, by: str, seed: int, total: int = TOTAL) -> Decide:
    """Asked most of all, so nothing is looked up and no function called that need not be."""

    def decide(user: User) -> Decision:
        try:
            value = user[by]
            key = value.encode() if type(value) is str else key_of(value)
        except KeyError:
            return OUT
        except UnicodeEncodeError:
            key = key_of(value)
        return IN if key and xxh64_intdigest(key, seed) % total < share else OUT

    return decide


def _required(name: str, parent: Decide) -> Step:
    missing = Decision(False, "requires", name)
    return lambda user: None if parent(user).enabled else missing


def _matched(test: Test, outcome: Decision) -> Step:
    return lambda user: outcome if test(user) else None


def _targeted_or(rules: Rules, last: Decide) -> Decide:
    def decide(user: User) -> Decision:
        for test, outcome in rules:
            if test(user):
                return outcome
        return last(user)

    return decide


def _targeted(rules: Rules) -> Step:
    def step(user: User) -> Decision | None:
        for test, outcome in rules:
            if test(user):
                return outcome
        return None

    return step


def _test(target: Target, segments: Mapping[str, Test]) -> Test:
    return segments[target.segment] if target.segment else compile_rule(target.rule or "false")


def _outcome(target: Target) -> Decision:
    by = f"segment {target.segment}" if target.segment else target.rule or ""
    return Decision(target.enabled, "targeting", by, target.variant)


def _held_out(holdout: Holdout) -> Step:
    seed, held = seed_of(f"holdout:{holdout.name}"), Decision(False, "holdout", holdout.name)

    def step(user: User) -> Decision | None:
        key = key_of(user.get(holdout.by))
        return held if key and bucket(key, seed) < holdout.share else None

    return step


def exclusive_part(group: Exclusive, name: str) -> tuple[int, int]:
    """From where to where a flag's users stand in its group: flags that are added later move nobody."""
    begin = 0
    for other, share in group.shares.items():
        if other == name:
            break
        begin += share
    return begin, begin + group.shares[name]


def _excluded(group: Exclusive, name: str) -> Step:
    seed, out = seed_of(f"exclusive:{group.name}"), Decision(False, "exclusive", group.name)
    begin, end = exclusive_part(group, name)

    def step(user: User) -> Decision | None:
        key = key_of(user.get(group.by))
        return None if key and begin <= bucket(key, seed) < end else out

    return step


def _either(rule: Test | None, listed: Test) -> Test:
    return listed if rule is None else lambda user: listed(user) or rule(user)


def _listed(identities: tuple[Identity, ...]) -> Test:
    """Whether a user is one of a list; each entry's attributes all have to be the user's."""
    single: dict[str, set[str]] = {}
    for identity in identities:
        if len(identity) == 1:
            ((name, text),) = identity.items()
            single.setdefault(name, set()).add(text)
    sets = tuple((name, frozenset(texts)) for name, texts in single.items())
    several = tuple(tuple(identity.items()) for identity in identities if len(identity) > 1)

    def test(user: User) -> bool | None:
        for name, texts in sets:
            if text_of(user.get(name)) in texts:
                return True
        return any(all(text_of(user.get(name)) == text for name, text in pairs) for pairs in several)

    return test


def text_of(value: Any) -> str | None:
    """A user's attribute as a list names it: 123 and "123" are one."""
    if type(value) is str:
        return value
    key = key_of(value)
    return None if key is None else key.decode("utf-8", "surrogateescape")


def _chooser(flag: Flag) -> Callable[[User], str | None]:
    weighed = tuple(
        (variant.name, seed_of(f"variant:{flag.name}:{variant.name}"), variant.weight)
        for variant in flag.variants
        if variant.weight > 0
    )
    by = flag.rollout.by

    def choose(user: User) -> str | None:
        key = key_of(user.get(by))
        if key is None or not weighed:
            return None
        return min(weighed, key=lambda one: distance(key, one[1], one[2]))[0]

    return choose
