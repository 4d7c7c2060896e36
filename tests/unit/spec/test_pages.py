"""The pages in `docs/errors/` show what is really said."""

import re
from pathlib import Path

import pytest

from shipway.errors import ShipwayError, UnknownName
from shipway.spec import problems
from shipway.spec.load import parse_release

PAGES = Path(__file__).parents[3] / "docs" / "errors"
CODES = {
    kind.code for kind in vars(problems).values() if isinstance(kind, type) and issubclass(kind, ShipwayError)
}
CODES = CODES - {ShipwayError.code} | {UnknownName.code}
EXAMPLE = re.compile(r"```yaml\n(.*?)```\n\n```text\n(.*?)\n```", re.DOTALL)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_error_of_the_release_file_has_its_page(code: str) -> None:
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# `{code}`: ")
    assert "**Fix.**" in page


@pytest.mark.parametrize("code", sorted(CODES - {"version", "file-missing", "config-files"}))
def test_the_example_on_the_page_says_what_the_page_shows(code: str) -> None:
    example = EXAMPLE.search((PAGES / f"{code}.md").read_text(encoding="utf-8"))
    assert example
    with pytest.raises(problems.InputErrors) as caught:
        parse_release(example[1], path=Path("shipway.yaml"))
    assert str(caught.value) == example[2]
    assert code in {caught.value.code, *(error.code for error in caught.value.errors)}
