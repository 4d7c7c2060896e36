"""A guard's policy by itself: the `guard` section in a file of its own, or that of a release file."""

from pathlib import Path

from pydantic import ValidationError

from shipway.errors import ShipwayError
from shipway.model import policy
from shipway.spec.complaints import explain
from shipway.spec.fields import Section
from shipway.spec.load import parse_release, read_text
from shipway.spec.problems import InputErrors
from shipway.spec.release import Guard
from shipway.spec.tree import parse
from shipway.spec.wish import guard_of


class PolicyFile(Section):
    """All of `policy.yaml`."""

    guard: Guard = Guard()


def load_policy(path: Path) -> policy.Guard:
    """The guard of a policy or release file. Raises `InputErrors` with all that is wrong."""
    try:
        text = read_text(path)
        tree = parse(text, file=str(path))
    except ShipwayError as error:
        raise InputErrors([error], file=str(path)) from error
    if isinstance(tree.data, dict) and "service" in tree.data:
        return guard_of(parse_release(text, path=path).file.guard)
    if tree.errors:
        raise InputErrors(tree.errors, file=str(path))
    try:
        return guard_of(PolicyFile.model_validate(tree.data or {}).guard)
    except ValidationError as error:
        raise InputErrors(list(explain(error, tree, model=PolicyFile, file=str(path))), file=str(path)) from error
