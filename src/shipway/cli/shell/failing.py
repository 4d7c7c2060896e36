"""Every command runs in here: its errors become four lines and an exit code, never a traceback."""

import os
import sys
import time
from pathlib import Path
from types import TracebackType

from shipway.cli.render import error as render
from shipway.cli.shell.terminal import err
from shipway.errors import Exit, ShipwayError
from shipway.home import find

DEBUG = "SHIPWAY_DEBUG"
FAILURES_MAX = 20
"""Files that tell a mistake of ours; the oldest go."""
BROKEN_PIPE = 128 + 13
"""As a shell reports a command whose reader has gone, such as `head`."""


def guarded(words: list[str]) -> int:
    """Run a command line. Nothing unexpected is caught here: `sys.excepthook` tells it, Python exits with 1."""
    if "--debug" in words:
        words = [word for word in words if word != "--debug"]
    elif not os.environ.get(DEBUG):
        sys.excepthook = _unexpected
    try:
        return _run(words)
    except ShipwayError as error:
        error.where = error.where or f"shipway {' '.join(words)}"
        return told(error, as_json="--json" in words)
    except KeyboardInterrupt:
        err().say("", "! Interrupted. `shipway status` shows how things stand.")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Python would complain once more when it closes the stream at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def _run(words: list[str]) -> int:
    from shipway.cli.shell import quick

    answered = quick.answer(words)
    if answered is not None:
        return answered
    from shipway.cli.shell.root import run

    return run(words)


def told(error: ShipwayError, *, as_json: bool = False) -> int:
    """Say an error on standard error; returns its exit code."""
    screen = err()
    if as_json:
        import json

        screen.say(json.dumps(render.as_data(error)))
    else:
        screen.all(render.lines(error, screen.paint))
    return int(error.exit_code)


def _unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A mistake of ours: one line for people, the rest into a file."""
    from traceback import format_exception

    path = _kept("".join(format_exception(kind, error, trace)))
    told(
        ShipwayError(
            f"Shipway failed inside: {kind.__name__}: {error}",
            where=str(path),
            why="This is a mistake in Shipway, not in your release. What runs goes on, with its guard.",
            fix="`shipway status` shows what runs. Please report the file above.",
        )
    )


def _kept(text: str) -> Path:
    """Below the home if it can be written, in the system's folder for such files otherwise."""
    import tempfile

    name = time.strftime("failed-%Y%m%dT%H%M%S.txt")
    for folder in (find().path / "failures", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
            for path in sorted(folder.glob("failed-*.txt"))[:-FAILURES_MAX]:
                path.unlink(missing_ok=True)
        except OSError:
            continue
        return folder / name
    sys.stderr.write(text)
    return Path("(above)")
