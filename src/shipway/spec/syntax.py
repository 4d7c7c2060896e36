"""Where YAML itself cannot be read: the parser's complaints as errors that a tired person can act on."""

from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

from shipway.spec.problems import NotYaml

DEPTH_MAX = 32


def too_deep(where: str) -> NotYaml:
    """Brackets or indentation that never end."""
    return NotYaml(
        "The file nests too deeply",
        where=where,
        why=f"Nothing in a release file is deeper than {DEPTH_MAX} levels.",
        fix="Look for brackets or indentation that never close.",
    )


def unreadable(error: ReaderError, text: str, *, file: str) -> NotYaml:
    """A control character, found before the parser began."""
    return NotYaml(
        f"A character that YAML does not allow: U+{error.character:04X}",
        where=place_in(text, error.position, file=file),
        why="Control characters are not text; they come from a copy or a damaged file.",
        fix="Delete the character, or write it as an escape in double quotes.",
    )


HINTS = (
    (
        "'\\t'",
        "A tab indents this line",
        "YAML takes spaces only: tabs look different everywhere.",
        "Replace the tab by spaces.",
    ),
    (
        "another document",
        "A second document begins here",
        "A release file describes one service: `---` stands at most once, at the top.",
        "Move this part to a file of its own and name it with --file.",
    ),
    (
        "block scalar",
        "A value that begins with > or | needs quotes",
        "Without quotes YAML reads these signs as the start of a text block.",
        'Write the value in quotes, for example ">= 99%".',
    ),
    (
        "mapping values are not allowed",
        "A colon stands where no key can be",
        "Either the line is indented too far, or a value holds `: ` without quotes.",
        "Put the value in quotes, or line the key up with its siblings.",
    ),
    (
        "cannot start any token",
        "A value begins with a sign that YAML keeps for itself",
        "%, @ and ` have no meaning at the start of a value.",
        "Put the value in quotes.",
    ),
    (
        "undefined alias",
        "An alias names an anchor that is not there",
        "*name repeats what &name marked further up; a plain * needs quotes.",
        "Add the anchor above, or put the value in quotes.",
    ),
    (
        "could not find expected ':'",
        "A line without a colon",
        "Every line in a mapping is `key: value`.",
        "Add the colon and a space, or indent the line to continue the value above.",
    ),
    (
        "quoted scalar",
        "A quote is not closed",
        "What begins with a quote ends with the same one; \\ in double quotes begins an escape.",
        "Close the quote, or use single quotes for text with \\.",
    ),
    (
        "flow",
        "A bracket is not closed, or closes too early",
        "Inside [ ] and { } the signs { } [ ] , end a value unless it is in quotes.",
        "Close the bracket, or put the value in quotes.",
    ),
    (
        "block end",
        "This line does not belong to what stands above it",
        "Its indentation fits no key above, or a value begins with { or [ without quotes.",
        "Line it up with its siblings, or put the value in quotes.",
    ),
)


def explain(error: MarkedYAMLError, *, file: str) -> NotYaml:
    """The parser's complaint in words that lead to a repair."""
    mark = error.problem_mark or error.context_mark
    where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
    said = f"{error.context or ''} {error.problem or ''}"
    for sign, what, why, fix in HINTS:
        if sign in said:
            return NotYaml(what, where=where, why=why, fix=fix)
    return NotYaml(
        "YAML cannot be read from here on",
        where=where,
        why=f"The parser says: {' '.join(said.split())}.",
        fix="Look at this line and the one above it.",
    )


def place_in(text: str, position: int, *, file: str) -> str:
    """`shipway.yaml:12:3` for an index into the text."""
    line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
    return f"{file}:{line}:{column}"
