"""By which rules a change is judged: those that come with Shipway, and the repository's own over them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from shipway.assessment import contracts, dependencies
from shipway.assessment.patterns import Patterns
from shipway.assessment.rules import RULES, Rules
from shipway.assessment.touches import Touch
from shipway.model.risk import WORDS, Risk

if TYPE_CHECKING:
    from shipway.spec.assess_file import AssessFile, TouchWritten

RULES_FILE = Path(".shipway") / "assess.yaml"


def wanted(rules: Rules) -> Callable[[str], bool]:
    """Tells of a path whether the text of the file says more than its name."""
    texts = Patterns(
        {
            "dependencies": dependencies.ALL,
            "interfaces": contracts.ALL,
            **{name: touch.paths for name, touch in rules.touches.items() if touch.text},
        }
    )
    return lambda path: bool(texts.named(path))


def rules_of(path: Path | None, root: Path) -> Rules:
    """Those of the file that is named, or `.shipway/assess.yaml` of the repository. Raises `InputErrors`."""
    if path is None and not (root / RULES_FILE).exists():
        return RULES
    from shipway.spec.assess_file import load_assess

    return _rules(load_assess(path or root / RULES_FILE))


def _rules(file: "AssessFile") -> Rules:
    touches = {name: touch for name, touch in RULES.touches.items() if not _is_off(file, name)}
    for name, written in file.touches.items():
        if written.risk != "none":
            touches[name] = _touch(name, written, RULES.touches.get(name))
    kinds = {kind: (*file.kinds.get(kind, ()), *patterns) for kind, patterns in RULES.kinds.items()}  # type: ignore[call-overload]
    return Rules(
        touches=dict(sorted(touches.items(), key=lambda item: -item[1].risk)),
        kinds=kinds,
        ignore=file.ignore,
        lines_medium=file.size.medium,
        lines_large=file.size.large,
        covered_least=file.coverage,
        owners_most=file.owners,
        often=file.often,
    )


def _is_off(file: "AssessFile", name: str) -> bool:
    return name in file.touches and file.touches[name].risk == "none"


def _touch(name: str, written: "TouchWritten", known: Touch | None) -> Touch:
    words = tuple(word.lower() for word in written.words)
    if known is None:
        risk = WORDS[written.risk] if written.risk else Risk.HIGH
        return Touch(risk=risk, says=written.says or name, paths=written.paths, words=words)
    return replace(
        known,
        risk=WORDS[written.risk] if written.risk else known.risk,
        says=written.says or known.says,
        paths=(*known.paths, *written.paths),
        words=(*known.words, *words),
    )
