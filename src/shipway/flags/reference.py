"""The page of every key of a file of flags: `python -m shipway.flags.reference > docs/reference/flag-file.md`."""

from importlib.resources import files

from shipway.spec.reference import Entry, entries_of, page_of


def text() -> str:
    """The commented sample of every key."""
    return files("shipway.flags").joinpath("reference.yaml").read_text(encoding="utf-8")


def entries() -> dict[tuple[str, ...], Entry]:
    """By path, in the order of the sample."""
    return entries_of(text())


def page() -> str:
    """`docs/reference/flag-file.md`."""
    return page_of(text(), title="The file of flags")


if __name__ == "__main__":
    print(page(), end="")
