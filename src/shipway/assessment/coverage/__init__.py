"""Reports of coverage: which lines can run, and whether tests ran them."""

from collections.abc import Mapping

from shipway.assessment.coverage import cobertura, lcov

Covered = Mapping[str, Mapping[int, bool]]


def read(text: str) -> Covered:
    """By file: Cobertura's XML or lcov's lines. Raises `ValueError` where it is neither."""
    return cobertura.read(text) if text.lstrip().startswith("<") else lcov.read(text)
