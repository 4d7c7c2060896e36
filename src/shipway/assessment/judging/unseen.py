"""What nobody can look into here."""

from collections.abc import Iterator

from shipway.assessment.change import Change
from shipway.assessment.patterns import matches
from shipway.assessment.reason import Reason
from shipway.model.risk import Risk

HARMLESS = (
    *(
        "*.png",
        "*.jpg",
        "*.jpeg",
        "*.gif",
        "*.webp",
        "*.ico",
        "*.svg",
        "*.pdf",
        "*.woff",
        "*.woff2",
        "*.ttf",
        "*.otf",
    ),
    *(
        "*.eot",
        "*.mp3",
        "*.mp4",
        "*.wav",
        "*.webm",
        "*.mo",
        "*.avif",
        "docs/",
        "/examples/",
        "doc/",
        "test/",
        "tests/",
        "fixtures/",
    ),
)
"""Binary, and it runs nowhere."""


def reasons(change: Change) -> Iterator[Reason]:
    """Submodules and binary files."""
    modules = tuple(file.path for file in change.files if file.is_submodule)
    if modules:
        said = "a submodule is at another commit, whose change is not looked into"
        yield Reason(risk=Risk.MEDIUM, rule="submodule", sentence=said, files=modules)
    binary = tuple(
        file.path
        for file in change.files
        if file.is_binary and not file.is_submodule and not matches(file.path, HARMLESS)
    )
    if binary:
        said = "binary files differ, which nobody can review"
        yield Reason(risk=Risk.MEDIUM, rule="binary", sentence=said, files=binary)
