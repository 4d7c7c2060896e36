"""What flags say about each other: names that have to exist, circles, parts that add up."""

from collections.abc import Iterable, Mapping

from shipway.errors import UnknownName
from shipway.flags.fields import Finding, dotted
from shipway.flags.model import Exclusive, Flag, FlagFile, Json
from shipway.model.share import TOTAL, percent
from shipway.spec.nearest import listed, nearest
from shipway.spec.problems import WrongValue
from shipway.spec.tree import Keys

CHAIN_MAX = 16
"""Prerequisites of prerequisites."""
SHOWN_MAX = 8


def cross_check(file: FlagFile, findings: list[Finding]) -> None:
    """Add what is wrong between the parts of a file."""
    for flag in file.features.values():
        _check_flag(flag, file, findings)
    for group in file.exclusive:
        _check_group(group, file.features, findings)
    for holdout in file.holdouts:
        path = ("holdouts", holdout.name, "flags")
        for name in sorted(holdout.flags or ()):
            _known(name, file.features, "flag", path, findings)
    if not findings:
        _check_chains(file.features, findings)


def _check_flag(flag: Flag, file: FlagFile, findings: list[Finding]) -> None:
    path = ("features", flag.name)
    for index, name in enumerate(flag.requires):
        _known(name, file.features, "flag", (*path, "requires", index), findings)
    variants = [variant.name for variant in flag.variants]
    for index, target in enumerate(flag.targeting):
        here = (*path, "targeting", index)
        if target.segment is not None:
            _known(target.segment, file.segments, "segment", (*here, "segment"), findings)
        if target.variant is not None:
            _known(target.variant, variants, "variant", (*here, "variant"), findings)
    if variants and not any(variant.weight for variant in flag.variants):
        _add(findings, (*path, "variants"), "all weights are 0", "Nobody could get any.", "Give one a weight.")
    _check_values(flag, findings)


def _check_values(flag: Flag, findings: list[Finding]) -> None:
    path = ("features", flag.name)
    values = {variant.name: variant.value for variant in flag.variants if variant.value is not None}
    kinds = {name: kind_of(value) for name, value in values.items()}
    first = next(iter(kinds.values()), None)
    for name, kind in kinds.items():
        if kind != first:
            _add(
                findings,
                (*path, "variants", name, "value"),
                f"this is {kind}, and the first variant's is {first}",
                "The code that asks expects one type.",
                f"Write {first} here too.",
            )


def kind_of(value: Json) -> str:
    """A value's type, as a flag's values share one."""
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case _:
            return "a list or mapping"


def _check_group(group: Exclusive, features: Mapping[str, Flag], findings: list[Finding]) -> None:
    path = ("exclusive", group.name, "flags")
    for name in group.shares:
        _known(name, features, "flag", (*path, name), findings)
    if (total := sum(group.shares.values())) > TOTAL:
        why = "A user has at most one of these flags, so that their parts cannot overlap."
        _add(findings, path, f"the parts add up to {percent(total)}", why, "Make them add up to 100 or less.")


def _check_chains(features: Mapping[str, Flag], findings: list[Finding]) -> None:
    lengths: dict[str, int] = {}
    for name in features:
        chain = _chain(name, features, lengths)
        if chain:
            path = ("features", name, "requires")
            if chain[-1] == name:
                shown = " requires ".join(chain)
                _add(findings, path, f"this is a circle: {shown}", "None could ever be on.", "Remove one of them.")
                return
            if len(chain) > CHAIN_MAX:
                why = f"At most {CHAIN_MAX} flags may require each other in a row."
                _add(findings, path, "this chain is too long", why, "Require the first ones directly.")
                return


def _chain(name: str, features: Mapping[str, Flag], lengths: dict[str, int]) -> list[str]:
    """A circle that comes back to the flag, or a chain that is too long; empty where neither is there."""
    trail = [(name, iter(features[name].requires))]
    while trail:
        if len(trail) > CHAIN_MAX:
            return [one for one, _ in trail]
        parent = next(trail[-1][1], None)
        if parent is None:
            done, _ = trail.pop()
            lengths[done] = 1 + max((lengths[one] for one in features[done].requires), default=0)
        elif parent == name:
            return [*(one for one, _ in trail), name]
        elif parent not in lengths or len(trail) + lengths[parent] > CHAIN_MAX:
            trail.append((parent, iter(features[parent].requires)))
    return []


def _known(name: str, known: Iterable[str], kind: str, path: Keys, findings: list[Finding]) -> None:
    names = list(known)
    if name in names:
        return
    meant = nearest(name, names)
    some = f"Known are {listed(names)}." if 0 < len(names) <= SHOWN_MAX else f"The file has no such {kind}."
    fix = f"Did you mean `{meant}`?" if meant else f"Add the {kind}, or remove this."
    what = f"{dotted(path)}: there is no {kind} `{name}`"
    findings.append(Finding(error=UnknownName, path=path, what=what, why=some, fix=fix))


def _add(findings: list[Finding], path: Keys, what: str, why: str, fix: str) -> None:
    findings.append(Finding(error=WrongValue, path=path, what=f"{dotted(path)}: {what}", why=why, fix=fix))
