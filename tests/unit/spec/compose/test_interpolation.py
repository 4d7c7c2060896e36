"""`${NAME}` as Compose takes it, but for one thing: what is not set and has no default is an error."""

import pytest

from shipway.spec.compose.interpolation import interpolated
from shipway.spec.problems import Wrong

KNOWN = {"TAG": "1.9", "EMPTY": "", "HOST": "db"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("shop:$TAG", "shop:1.9"),
        ("shop:${TAG}", "shop:1.9"),
        ("${TAG}${HOST}", "1.9db"),
        ("cost $$5, $${TAG}", "cost $5, ${TAG}"),
        ("${NONE:-x}", "x"),
        ("${NONE-x}", "x"),
        ("${EMPTY:-x}", "x"),
        ("${EMPTY-x}", ""),
        ("${EMPTY}", ""),
        ("${TAG:-x}", "1.9"),
        ("${NONE:-}", ""),
        ("${NONE:-${HOST}:${PORT:-5432}}/x", "db:5432/x"),
        ("${TAG:+-with}", "-with"),
        ("${EMPTY:+-with}", ""),
        ("${EMPTY+-with}", "-with"),
        ("${NONE+-with}", ""),
        ("${TAG:?say it}", "1.9"),
        ("${NONE:-http://a?b}", "http://a?b"),
        ('{"a": "${TAG}"}', '{"a": "1.9"}'),
    ],
)
def test_a_variable_is_filled_in(text: str, found: str) -> None:
    assert interpolated(text, KNOWN) == found


@pytest.mark.parametrize(
    ("text", "what", "why"),
    [
        ("$NONE", "NONE is not set", "Neither this shell"),
        ("${NONE}", "NONE is not set", "Neither this shell"),
        ("${NONE:?say which}", "NONE is not set", "say which."),
        ("${EMPTY:?say which}", "EMPTY is not set", "say which."),
        ("${NONE:?no ${TAG}}", "NONE is not set", "no 1.9."),
        ("${TAG", "is not a variable", "A dollar begins"),
        ("${TAG!}", "is not a variable", "A dollar begins"),
        ("${}", "is not a variable", "A dollar begins"),
        ("5$", "is not a variable", "A dollar begins"),
    ],
)
def test_what_cannot_be_filled_in_is_told(text: str, what: str, why: str) -> None:
    with pytest.raises(Wrong, match=what) as caught:
        interpolated(text, KNOWN)
    assert caught.value.why.startswith(why)


def test_defaults_within_defaults_end() -> None:
    with pytest.raises(Wrong, match="is not a variable"):
        interpolated("${A:-" * 40 + "x" + "}" * 40, {})
