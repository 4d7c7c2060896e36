"""From a change to its risk, with every reason."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from shipway.assessment import reasons, sizes
from shipway.assessment.change import Change
from shipway.assessment.kinds import by_kind
from shipway.assessment.patterns import matches
from shipway.assessment.reason import Reason
from shipway.assessment.rules import RULES, Rules
from shipway.assessment.sizes import Size
from shipway.model.risk import Risk


class Assessment(Struct, frozen=True, kw_only=True):
    """What came out."""

    risk: Risk
    reasons: tuple[Reason, ...]
    """Heaviest first."""
    sizes: Mapping[str, Size]
    """By kind of file."""
    lines: int
    """Of code, added and removed: what the risk's limits are about."""
    is_large: bool
    touches: tuple[str, ...]
    """What it touches, by name."""
    owners: tuple[str, ...]


def assess(change: Change, rules: Rules = RULES) -> Assessment:
    """Its risk is the greatest of its reasons'; without any it is low."""
    kept = replace(change, files=tuple(one for one in change.files if not matches(one.path, rules.ignore)))
    kinds = by_kind(kept.files, rules.kinds)
    found = tuple(_ordered(reasons.all_of(kept, kinds, rules)))
    lines = sizes.code_lines(kinds)
    return Assessment(
        risk=max((one.risk for one in found), default=Risk.LOW),
        reasons=found,
        sizes={kind: sizes.size(files) for kind, files in kinds.items()},
        lines=lines,
        is_large=lines > rules.lines_large,
        touches=tuple(dict.fromkeys(one.touch for one in found if one.touch)),
        owners=reasons.owners_of(kept, kinds),
    )


def _ordered(found: Iterable[Reason]) -> list[Reason]:
    return sorted(found, key=lambda one: -one.risk)
