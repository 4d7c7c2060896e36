"""Reports of coverage: which lines can run, and whether tests ran them."""

import posixpath
from collections.abc import Callable, Mapping

from shipway.assessment.coverage import cobertura, lcov

Covered = Mapping[str, Mapping[int, bool]]


def of_checkout(covered: Covered, root: str, is_there: Callable[[str], bool]) -> Covered:
    """With names from the checkout's root. A file that is there elsewhere is another checkout's, and left out; a
    name that nothing has here is that of a machine where tests ran."""
    found = {}
    for name, lines in covered.items():
        inside = name.removeprefix(f"{root}/")
        if inside != name or not (posixpath.isabs(name) and is_there(name)):
            found[inside] = lines
    return found


def read(text: str) -> Covered:
    """By file: Cobertura's XML or lcov's lines. Raises `ValueError` where it is neither."""
    return cobertura.read(text) if text.lstrip().startswith("<") else lcov.read(text)
