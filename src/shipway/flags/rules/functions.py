"""The functions of rules. Patterns are RE2's, whose time grows with the length of the text and no faster."""

from collections.abc import Callable, Sized

from shipway.flags.rules.arithmetic import fraction, whole
from shipway.flags.rules.values import MISSING, Side, Test, User, Value, Version, version

KNOWN = (
    "Known are has(user.x), size(x), semver(x), int(x), double(x); after a text startsWith, endsWith, contains, "
    "matches; after a list exists, exists_one, all, filter, map."
)
PATTERN_LENGTH_MAX = 1_000
PATTERN_BYTES_MAX = 1 << 20
"""What one compiled pattern may take."""

Comparison = Callable[[str, str], bool]


def _contains(text: str, part: str) -> bool:
    return part in text


def _matches(text: str, pattern: str) -> bool:
    return searching(pattern)(text, pattern)


METHODS: dict[str, Comparison] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": _contains,
    "matches": _matches,
}


def searching(pattern: str) -> Comparison:
    """A search for the pattern anywhere in a text. Raises `ValueError` for a pattern that RE2 does not take."""
    if len(pattern) > PATTERN_LENGTH_MAX:
        raise ValueError(f"it has more than {PATTERN_LENGTH_MAX} characters")
    import re2

    options = re2.Options()
    options.max_mem = PATTERN_BYTES_MAX
    options.log_errors = False
    try:
        found = re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else "unknown"
        raise ValueError(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from error
    return lambda text, _: found.search(text) is not None


def method(compare: Comparison, text: Side, other: Side) -> Test:
    """`text.startsWith(other)`; no answer where one of both is no text."""
    if text.attribute is not None and isinstance(other.constant, str):
        return _method_of_attribute(compare, text.attribute, other.constant)

    def test(user: User) -> bool | None:
        first, second = text.value(user), other.value(user)
        if not isinstance(first, str) or not isinstance(second, str):
            return None
        try:
            return compare(first, second)
        except ValueError:  # a pattern that is computed and wrong, or a text that is no UTF-8
            return None

    return test


def _method_of_attribute(compare: Comparison, name: str, constant: str) -> Test:
    def test(user: User) -> bool | None:
        found = user.get(name)
        if not isinstance(found, str):
            return None
        try:
            return compare(found, constant)
        except ValueError:  # a text that is no UTF-8
            return None

    return test


def _semver(argument: Value) -> Value:
    return lambda user: version(argument(user))


def _size(argument: Value) -> Value:
    def value(user: User) -> object:
        found = argument(user)
        is_one = isinstance(found, Sized) and not isinstance(found, type | Version)
        return len(found) if is_one else MISSING  # type: ignore[arg-type]

    return value


FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    "semver": _semver,
    "size": _size,
    "int": whole,
    "double": fraction,
}
