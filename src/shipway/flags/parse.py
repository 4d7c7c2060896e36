"""From a file's data to flags. Everything that is wrong is found in one go."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from shipway.flags.crossing import cross_check
from shipway.flags.fields import (
    Finding,
    Section,
    WrongRule,
    attribute,
    day,
    json,
    mapping,
    moment,
    name,
    percentage,
    weight,
)
from shipway.flags.model import (
    Change,
    Exclusive,
    Flag,
    FlagFile,
    Holdout,
    Identity,
    Rollout,
    Segment,
    Target,
    Variant,
)
from shipway.flags.rules import RuleError, compile_rule
from shipway.model.share import NONE, TOTAL
from shipway.spec import units
from shipway.spec.nearest import listed, nearest
from shipway.spec.problems import NoSuchName, Wrong
from shipway.spec.tree import Data, Keys
from shipway.spec.units import quoted

T = TypeVar("T")
FILE_KEYS = ("features", "segments", "exclusive", "holdouts")
FLAG_KEYS = (
    "enabled",
    "kill",
    "rollout",
    "targeting",
    "variants",
    "value",
    "requires",
    "allowlist",
    "blocklist",
    "schedule",
    "cohort",
    "owner",
    "expires",
)
ROLLOUT_KEYS = ("percentage", "by")
TARGET_KEYS = ("rule", "segment", "enabled", "variant")
VARIANT_KEYS = ("weight", "value")
SEGMENT_KEYS = ("rule", "users")
EXCLUSIVE_KEYS = ("flags", "by")
HOLDOUT_KEYS = ("percentage", "flags", "by")
CHANGE_KEYS = ("at", "enabled", "percentage")
COHORTS = ("own", "release")


def flag_file(data: Data) -> tuple[FlagFile, list[Finding]]:
    """The file's flags, and what is wrong: flags are only good where the list is empty."""
    file, findings = parts(data)
    if not findings:
        cross_check(file, findings)
    return file, findings


def parts(data: Data) -> tuple[FlagFile, list[Finding]]:
    """As `flag_file`, where what the parts say about each other is checked by the caller."""
    findings: list[Finding] = []
    top = Section({} if data is None else data, (), FILE_KEYS, findings)
    file = FlagFile(
        features=_named(top, "features", partial(_flag, findings)),
        segments=_named(top, "segments", partial(_segment, findings)),
        exclusive=tuple(_named(top, "exclusive", partial(_exclusive, findings)).values()),
        holdouts=tuple(_named(top, "holdouts", partial(_holdout, findings)).values()),
    )
    return file, findings


def _named(top: Section, key: str, read: Callable[[str, Data, Keys], T]) -> dict[str, T]:
    """A mapping of the user's own names."""
    made: dict[str, T] = {}
    for word, data in top.mapping(key).items():
        path = (key, word)
        try:
            made[name(word)] = read(word, {} if data is None else data, path)
        except Wrong as wrong:
            top.note(path, wrong)
    return made


def _flag(findings: list[Finding], word: str, data: Data, path: Keys) -> Flag:
    flag = Section(data, path, FLAG_KEYS, findings)
    return Flag(
        name=word,
        enabled=flag.take("enabled", units.switch, True),
        is_killed=flag.take("kill", units.switch, False),
        rollout=_rollout(flag, findings),
        targeting=_several(flag, "targeting", partial(_target, findings)),
        variants=_variants(flag, findings),
        value=flag.take("value", json, None),
        requires=_several(flag, "requires", lambda one, _: name(one)),
        allowlist=_several(flag, "allowlist", _identity),
        blocklist=_several(flag, "blocklist", _identity),
        schedule=_several(flag, "schedule", partial(_change, findings)),
        is_of_release=flag.take("cohort", _cohort, "own") == "release",
        owner=flag.take("owner", units.text_of, None),
        expires=flag.take("expires", day, None),
    )


def _several(owner: Section, key: str, read: Callable[[Data, Keys], T]) -> tuple[T, ...]:
    """The items of a list; each is wrong for itself."""
    made: list[T] = []
    for index, data in enumerate(owner.items(key)):
        path = (*owner.path, key, index)
        try:
            made.append(read(data, path))
        except Wrong as wrong:
            owner.note(path, wrong)
    return tuple(made)


def _rollout(flag: Section, findings: list[Finding]) -> Rollout:
    if flag.data.get("rollout") is None:
        return Rollout()
    rollout = Section(flag.data["rollout"], (*flag.path, "rollout"), ROLLOUT_KEYS, findings)
    share = rollout.take("percentage", percentage, TOTAL)
    return Rollout(share=share, by=rollout.take("by", attribute, "user_id"))


def _target(findings: list[Finding], data: Data, path: Keys) -> Target:
    target = Section(data, path, TARGET_KEYS, findings)
    is_known = isinstance(data, dict) and data.keys() <= set(TARGET_KEYS)
    if is_known and ("rule" in target.data) == ("segment" in target.data):
        raise Wrong(
            "it has no rule" if "rule" not in target.data else "it has a rule and a segment",
            why="One of the two says for whom it holds.",
            fix="Write `rule: \"user.region == 'us-west'\"`, or the name of a segment.",
        )
    return Target(
        rule=target.take("rule", rule, None),
        segment=target.take("segment", name, None),
        enabled=target.take("enabled", units.switch, True),
        variant=target.take("variant", name, None),
    )


def rule(data: Data) -> str:
    """A rule that compiles."""
    text = units.text_of(data)
    try:
        compile_rule(text)
    except RuleError as error:
        raise WrongRule(
            f"the rule is wrong: {error.what}",
            why="Rules are a subset of CEL over `user`: comparisons, in, &&, ||, ! and a few functions.",
            fix=error.fix,
            column=error.column,
        ) from error
    return text


def _variants(flag: Section, findings: list[Finding]) -> tuple[Variant, ...]:
    made: list[Variant] = []
    for word, data in flag.mapping("variants").items():
        path = (*flag.path, "variants", word)
        try:
            made.append(_variant(name(word), data, path, findings))
        except Wrong as wrong:
            flag.note(path, wrong)
    return tuple(made)


def _variant(word: str, data: Data, path: Keys, findings: list[Finding]) -> Variant:
    if not isinstance(data, dict):
        return Variant(name=word, weight=weight(data))
    variant = Section(data, path, VARIANT_KEYS, findings)
    weighs = variant.require("weight", weight, 0.0, example="50")
    return Variant(name=word, weight=weighs, value=variant.take("value", json, None))


def _identity(data: Data, path: Keys) -> Identity:
    named = mapping(data)
    if not named:
        raise Wrong("it names nobody", why="An entry says who is meant.", fix="Write `user_id: 123`.")
    made: dict[str, str] = {}
    for key, value in named.items():
        if not isinstance(value, str) or not value:
            raise Wrong(
                f"{quoted(value)} names nobody",
                why="A user is named by a text or a number.",
                fix="Write `user_id: 123`.",
                at=(key,),
            )
        made[attribute(key)] = str(value)
    return made


def _change(findings: list[Finding], data: Data, path: Keys) -> Change:
    change = Section(data, path, CHANGE_KEYS, findings)
    if isinstance(data, dict) and not {"enabled", "percentage"} & data.keys():
        raise Wrong("it changes nothing", why="It names a time only.", fix="Add `percentage: 50` or `enabled:`.")
    return Change(
        at=change.require("at", moment, 0.0, example="2027-03-01T09:00:00Z"),
        enabled=change.take("enabled", units.switch, None),
        share=change.take("percentage", percentage, None),
    )


def _segment(findings: list[Finding], word: str, data: Data, path: Keys) -> Segment:
    segment = Section(data, path, SEGMENT_KEYS, findings)
    users = _several(segment, "users", _identity)
    return Segment(name=word, rule=segment.take("rule", rule, None), users=users)


def _exclusive(findings: list[Finding], word: str, data: Data, path: Keys) -> Exclusive:
    group = Section(data, path, EXCLUSIVE_KEYS, findings)
    shares = {}
    for flag, share in group.require("flags", mapping, _none(), example="{new-checkout: 50}").items():
        try:
            shares[name(flag)] = percentage(share)
        except Wrong as wrong:
            group.note((*path, "flags", flag), wrong)
    return Exclusive(name=word, shares=shares, by=group.take("by", attribute, "user_id"))


def _holdout(findings: list[Finding], word: str, data: Data, path: Keys) -> Holdout:
    holdout = Section(data, path, HOLDOUT_KEYS, findings)
    flags = _several(holdout, "flags", lambda one, _: name(one))
    return Holdout(
        name=word,
        share=holdout.require("percentage", percentage, NONE, example="5"),
        flags=frozenset(flags) if "flags" in holdout.data else None,
        by=holdout.take("by", attribute, "user_id"),
    )


def _none() -> dict[str, Data]:
    return {}


def _cohort(data: Data) -> str:
    text = units.text_of(data)
    if text in COHORTS:
        return text
    meant = nearest(text, COHORTS)
    raise NoSuchName(
        f"{quoted(text)} is not known",
        why=f"Known here: {listed(COHORTS)}.",
        fix=f"Did you mean `{meant}`?" if meant else "Write `own`, or `release` for the canary's users.",
    )
