"""`.shipway/assess.yaml`: what else a change may touch, and where the limits lie."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from shipway.errors import ShipwayError
from shipway.spec.complaints import explain
from shipway.spec.fields import CountPositive, Fraction, Section, Text
from shipway.spec.load import read_text
from shipway.spec.problems import InputErrors, Wrong
from shipway.spec.tree import parse

FILE = Path(".shipway") / "assess.yaml"
Kind = Literal["generated", "tests", "docs", "dependencies", "pipeline", "code", "configuration", "translations"]
Texts = tuple[Text, ...]


class TouchWritten(Section):
    """One thing that files may be part of. One that is known already gets more paths and words."""

    paths: Texts = ()
    words: Texts = ()
    risk: Literal["low", "medium", "high", "critical", "none"] | None = None
    says: Text | None = None


class Size(Section):
    """Lines of code."""

    medium: CountPositive = 50
    large: CountPositive = 500


class AssessFile(Section):
    """All of it."""

    touches: dict[Text, TouchWritten] = Field(default={})
    kinds: dict[Kind, Texts] = Field(default={})
    ignore: Texts = ()
    size: Size = Size()
    coverage: Annotated[Fraction, Field(description="The least part of changed lines that tests ran.")] = 0.5
    owners: CountPositive = 2
    often: CountPositive = 10


def load_assess(path: Path) -> AssessFile:
    """Raises `InputErrors` with all that is wrong."""
    file = str(path)
    try:
        tree = parse(read_text(path), file=file)
    except ShipwayError as error:
        raise InputErrors([error], file=file) from error
    if tree.errors:
        raise InputErrors(tree.errors, file=file)
    try:
        found = AssessFile.model_validate(tree.data or {})
        _check(found)
    except ValidationError as error:
        raise InputErrors(list(explain(error, tree, model=AssessFile, file=file)), file=file) from error
    except Wrong as wrong:
        line, column = tree.values.get(wrong.at, (1, 1))
        told = ShipwayError(wrong.what, where=f"{file}:{line}:{column}", why=wrong.why, fix=wrong.fix)
        raise InputErrors([told], file=file) from wrong
    return found


def _check(found: AssessFile) -> None:
    if found.size.large < found.size.medium:
        raise Wrong(
            "large is smaller than medium",
            why="From `medium` lines on a change is medium, and with more than `large` it is large.",
            fix="Write `size: {medium: 50, large: 500}`.",
            at=("size", "large"),
        )
