"""Prints an assessment, and says by the exit code whether the risk is allowed."""

from shipway.cli.shell.assessing import Asked, assessed
from shipway.cli.shell.terminal import out
from shipway.errors import Exit
from shipway.home import find
from shipway.model.risk import WORDS


def shown(asked: Asked, *, at_most: str | None, json: bool) -> int:
    """Raises `ShipwayError`; then nothing was printed."""
    found = assessed(find(), asked)
    from shipway.cli.render import assessment as render

    screen = out()
    if json:
        from shipway.cli.render import as_json

        screen.say(as_json.text(render.as_data(found)))
    else:
        screen.all(render.lines(found, screen.paint))
    return Exit.REFUSED if at_most and found.assessment.risk > WORDS[at_most] else Exit.DONE
