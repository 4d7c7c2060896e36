"""The documentation holds: pages exist, links lead somewhere, examples load, commands are real."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import shipway
from shipway.errors import ShipwayError
from shipway.manifests import reference as manifest_reference
from shipway.schema.lint import reference
from shipway.spec.load import parse_release
from unit.docs.commands import FENCE, complaint, quoted

ROOT = Path(__file__).parents[3]
HIDDEN = (".venv", ".git", "node_modules", "src", "tests")
PAGES = sorted(
    page
    for page in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part in HIDDEN for part in page.relative_to(ROOT).parts)
)
ERROR_PAGES = ROOT / "docs" / "errors"
CODE = re.compile(r'^\s+code = "([a-z-]+)"$', re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
MACHINE = re.compile(r"/(?:work|root|tmp|home/\w+|Users/\w+)/|localhost/|127\.0\.0\.1/simple", re.IGNORECASE)


def _named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _codes() -> list[str]:
    """Every code in the source: each is a class's own, so reading is enough and imports nothing."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    return sorted({code for text in texts for code in CODE.findall(text)})


@pytest.mark.parametrize("code", _codes())
def test_every_error_code_has_a_page_with_its_fix(code: str) -> None:
    page = (ERROR_PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# `{code}`: ")
    assert "```text\n" in page, "an example as printed"
    assert "**Fix.** " in page


def test_every_error_page_is_of_a_code_that_exists() -> None:
    assert sorted(page.stem for page in ERROR_PAGES.glob("*.md")) == _codes()


def test_no_error_hides_its_code_from_this_test() -> None:
    for module in walk_packages(shipway.__path__, "shipway."):
        if "errors" in module.name or "failures" in module.name or "problems" in module.name:
            for found in vars(import_module(module.name)).values():
                if isinstance(found, type) and issubclass(found, ShipwayError):
                    assert found.code in _codes()


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    broken = [target for target in LINK.findall(_prose(page)) if not _leads_somewhere(page, target)]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_release_file_in_a_page_loads(page: Path) -> None:
    for number, (_, language, block) in enumerate(FENCE.findall(page.read_text(encoding="utf-8"))):
        if language == "yaml" and block.startswith("service:") and ERROR_PAGES not in page.parents:
            parse_release(block, path=Path(f"{page.name}-{number}.yaml"))


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_command_line_in_a_page_exists(page: Path) -> None:
    wrong = {line: found for line in quoted(page) if (found := complaint(line))}
    assert wrong == {}


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_no_page_names_a_folder_of_the_machine_it_was_written_on(page: Path) -> None:
    assert MACHINE.findall(page.read_text(encoding="utf-8")) == []


def test_the_page_of_hazards_is_made_from_them() -> None:
    assert (ROOT / "docs" / "reference" / "hazards.md").read_text(encoding="utf-8") == reference.text()


def test_the_page_of_hazards_of_manifests_is_made_from_the_hazards() -> None:
    written = (ROOT / "docs" / "reference" / "manifest-hazards.md").read_text(encoding="utf-8")
    assert written == manifest_reference.text()


def test_a_wrong_command_line_is_found() -> None:
    assert complaint("shipway deplot 1.9.0") == "no command deplot"
    assert complaint("shipway deploy 1.9.0 --stratgy canary") == "deploy has no --stratgy"
    assert complaint("shipway deploy 1.9.0 --strategy canary && shipway nonsense") == ""


def _prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def _leads_somewhere(page: Path, target: str) -> bool:
    if target.startswith(("https://", "http://", "mailto:")):
        return True
    path, _, anchor = target.partition("#")
    aim = (page.parent / path).resolve() if path else page
    if not aim.exists():
        return False
    return not anchor or anchor in [_anchor(heading) for heading in HEADING.findall(_prose(aim))]


def _anchor(heading: str) -> str:
    """As GitHub makes it: small letters and digits, hyphens for spaces, everything else gone."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
