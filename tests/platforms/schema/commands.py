"""`shipway schema …`, as a person calls it and reads it on 80 columns."""

import pytest

from shipway.cli import main
from shipway.errors import Exit


def said(words: list[str], capsys: pytest.CaptureFixture[str], *, code: Exit = Exit.DONE) -> str:
    """All that one prints."""
    capsys.readouterr()
    assert main(["schema", *words]) == code
    captured = capsys.readouterr()
    text = captured.out + captured.err
    assert [line for line in text.splitlines() if len(line) > 80] == []
    return text


def switched(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A change up to its contract."""
    for word in ("expand", "backfill", "switch"):
        said([word, file], capsys)
