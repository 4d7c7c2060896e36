"""Owners, coverage, the past, and what nobody can see."""

import pytest
from msgspec.structs import replace

from shipway.assessment import coverage
from shipway.assessment.assess import assess
from shipway.assessment.change import Change, Commit, File, Lines
from shipway.model.risk import Risk
from unit.assessment.changes import changed, code, judged, sentences

OWNERS = """# who
*            @everybody
/src/pay/    @pay @risk
*.sql        @data
/src/free/
[Section]
"""


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("src/a.py", "owned by @everybody"),
        ("src/pay/x.py", "2 owners: @pay, @risk"),
        ("src/pay/x.sql", "owned by @data"),
    ],
)
def test_the_last_line_that_matches_owns_a_file(path: str, said: str) -> None:
    found = assess(replace(changed(code(path, 1)), owners=OWNERS))
    assert sentences(found, "owners") == [(Risk.LOW, said)]


def test_many_owners_are_medium_and_nobody_is_said() -> None:
    files = (code("a.py", 1), code("src/pay/x.py", 1), code("x.sql", 1), code("src/free/a.py", 1))
    found = assess(replace(changed(*files), owners=OWNERS))
    assert sentences(found, "owners") == [
        (Risk.MEDIUM, "4 owners: @data, @everybody, @pay, @risk; one file has none")
    ]
    assert found.owners == ("@data", "@everybody", "@pay", "@risk")


@pytest.mark.parametrize(
    ("pattern", "path", "is_owned"),
    [
        ("site/*", "site/start.py", True),
        ("site/*", "site/guides/canary.py", False),
        ("site/*", "src/site/start.py", False),
        ("site/**", "site/guides/canary.py", True),
        ("site/", "site/guides/canary.py", True),
        (r"src/my\ shop.py", "src/my shop.py", True),
        (r"src/my\ shop/", "src/my shop/cart.py", True),
        (r"\#cart.py", "#cart.py", True),
        ("src/c#.py", "src/c#.py", True),
    ],
)
def test_patterns_of_owners_are_githubs(pattern: str, path: str, is_owned: bool) -> None:
    file = File(path=path, added=1)
    text = f"{pattern} @shop # a comment\n"
    assert assess(replace(changed(file), owners=text)).owners == (("@shop",) if is_owned else ())


COBERTURA = """<?xml version="1.0"?><coverage><packages><package><classes><class filename="shop/cart.py"><lines>
<line number="1" hits="1"/><line number="2" hits="0"/><line number="4" hits="3"/></lines></class></classes>
</package></packages></coverage>"""
LCOV = "TN:\nSF:./shop/cart.py\nDA:1,1\nDA:2,0\nDA:4,3\nend_of_record\n"


@pytest.mark.parametrize("text", [COBERTURA, LCOV])
def test_both_reports_say_which_lines_ran(text: str) -> None:
    assert coverage.read(text) == {"shop/cart.py": {1: True, 2: False, 4: True}}


@pytest.mark.parametrize(
    "text", ["", "<a/>", "<coverage>", '<!DOCTYPE a [<!ENTITY b "c">]><coverage/>', "SF:a\nDA:x,1"]
)
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        coverage.read(text)


@pytest.mark.parametrize(
    ("lines", "risk", "said"),
    [
        ({1, 3, 4}, Risk.LOW, "tests ran 100% of the changed lines, 2 of 2 (coverage.xml)"),
        ({2}, Risk.MEDIUM, "tests ran 0% of the changed lines, 0 of 1 (coverage.xml)"),
    ],
)
def test_only_lines_that_can_run_are_counted(lines: set[int], risk: Risk, said: str) -> None:
    seen = Lines(
        changed={"src/shop/cart.py": frozenset(lines)}, covered=coverage.read(COBERTURA), report="coverage.xml"
    )
    found = assess(replace(changed(code(lines=1)), lines=seen))
    assert sentences(found, "coverage") == [(risk, said)]


def past(*commits: Commit) -> Change:
    return replace(changed(code("src/shop/cart.py", 1)), past=commits)


def test_files_whose_change_was_reverted_are_medium() -> None:
    found = assess(past(Commit(id="1", reverts="abc1234", paths=("src/shop/cart.py", "x.py"))))
    assert sentences(found, "history") == [(Risk.MEDIUM, "earlier changes of these files were reverted")]
    assert judged(code(lines=1)).risk == Risk.LOW


def test_files_that_change_often_are_named_and_weigh_nothing() -> None:
    found = assess(past(*(Commit(id=str(at), paths=("src/shop/cart.py",)) for at in range(12))))
    assert sentences(found, "history") == [(Risk.LOW, "files that change often: up to 12 of the last 12 commits")]


def test_releases_that_were_taken_back_weigh_where_their_files_change_again() -> None:
    again = replace(past(), taken_back={"1.9.0": ("src/shop/cart.py",)}, releases=10)
    found = assess(again)
    assert sentences(found, "history")[0] == (
        Risk.MEDIUM,
        "1 of the last 10 releases were taken back: 1.9.0; it changes files that they changed",
    )
    assert assess(replace(again, taken_back={"1.9.0": ()})).risk == Risk.LOW
    assert assess(replace(again, taken_back={"1.9.0": ()}, releases=2)).risk == Risk.MEDIUM


def test_submodules_and_binaries_cannot_be_looked_into() -> None:
    assert judged(File(path="lib/core", is_submodule=True, added=1, removed=1)).risk == Risk.MEDIUM
    assert judged(File(path="bin/tool", added=None, removed=None)).risk == Risk.MEDIUM
    assert judged(File(path="logo.png", added=None, removed=None)).risk == Risk.LOW


def test_a_shallow_past_is_said() -> None:
    found = assess(replace(past(), is_complete=False))
    assert "shallow" in sentences(found, "history")[0][1]


def reported(*names: str) -> Lines:
    files = ("src/a/utils.py", "src/b/utils.py", "src/shop/cart.py")
    covered = {name: {1: True} for name in names}
    return Lines(changed={path: frozenset({1}) for path in files}, covered=covered, report="lcov.info")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("src/shop/cart.py",), "1 of 1"),
        (("/builds/7/shop/src/shop/cart.py",), "1 of 1"),
        (("/builds/7/src/shop/cart.py", "/builds/8/src/shop/cart.py"), ""),
        (("cart.py",), "1 of 1"),
        (("cart.py", "shop/cart.py"), "1 of 1"),
        (("utils.py",), ""),
        (("a/utils.py",), "1 of 1"),
        (("src/a/utils.py", "utils.py"), "1 of 1"),
    ],
)
def test_a_file_is_found_under_a_name_that_only_it_can_have(names: tuple[str, ...], said: str) -> None:
    lines = reported(*names)
    found = assess(replace(changed(*(code(path, 1) for path in lines.changed)), lines=lines))
    assert [said in sentence for _, sentence in sentences(found, "coverage")] == ([True] if said else [])


def test_names_are_below_the_only_source_of_a_report() -> None:
    sources = "<coverage><sources><source>/w/shop/src</source></sources>"
    found = coverage.read(COBERTURA.replace("<coverage>", sources))
    assert list(found) == ["/w/shop/src/shop/cart.py"]
    assert list(coverage.of_checkout(found, "/w/shop", lambda name: True)) == ["src/shop/cart.py"]
    assert coverage.of_checkout(found, "/w/other", lambda name: True) == {}, "files of another checkout"
    assert list(coverage.of_checkout(found, "/w/other", lambda name: False)) == list(found)
