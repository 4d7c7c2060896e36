"""What a command line that cannot be understood is told, and which spellings are understood."""

import pytest

from shipway.cli.shell.commands import WrongWords
from shipway.cli.shell.root import run
from shipway.errors import ShipwayError
from shipway.home import VARIABLE


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["deploy"], "`shipway deploy` needs VERSION"),
        (["scale"], "`shipway scale` needs N"),
        (["plan", "--diff"], "`shipway plan` needs VERSION"),
        (["completion"], "`shipway completion` needs SHELL"),
        (["deploi", "1"], "There is no command `deploi`"),
        (["deploy", "1", "--strateg", "canary"], "Unknown option: --strateg. Did you mean --strategy?"),
    ],
)
def test_a_command_line_that_lacks_something_is_told_what(words: list[str], said: str) -> None:
    with pytest.raises(WrongWords) as caught:
        run(words)
    assert caught.value.what == said
    assert caught.value.where and caught.value.why and caught.value.fix


@pytest.mark.parametrize("words", [["flags", "serve", "--listn", "1"], ["deploy", "--nope"], ["flags", "kill"]])
def test_help_is_that_of_the_very_command(words: list[str]) -> None:
    with pytest.raises(ShipwayError) as caught:
        run(words)
    named = [word for word in words if word.isalpha()]
    assert caught.value.fix == f"`shipway {' '.join(named)} --help` shows how it is called."


@pytest.mark.parametrize("words", [["--service", "shop"], ["-s", "shop"], ["shop"]])
def test_the_status_takes_its_service_as_every_other_command_does(
    words: list[str], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path_factory.mktemp("home")))
    with pytest.raises(ShipwayError, match="no service `shop`"):
        run(["status", *words])
