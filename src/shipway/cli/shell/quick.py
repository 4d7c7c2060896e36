"""Answers `shipway status` and the plain forms of `shipway assess` without a parser, which is slow to load."""

import gc
import time

from shipway.home import find

STATUS, ASSESS = "status", "assess"


def answer(words: list[str]) -> int | None:
    """The exit code, or none where the words need the whole command line."""
    if words[:1] not in ([STATUS], [ASSESS]):
        return None
    options = [word for word in words[1:] if word.startswith("-")]
    named = [word for word in words[1:] if not word.startswith("-")]
    if len(named) > 1 or options not in ([], ["--json"]):
        return None
    gc.disable()  # what these make is small, and looking for garbage among it takes longer than it
    if words[0] == ASSESS:
        from shipway.cli.shell.assessing import Asked
        from shipway.cli.shell.assessing_shown import shown

        return shown(Asked(range=named[0] if named else None), at_most=None, json=bool(options))
    from shipway.cli.shell.showing import show

    return show(find(), named[0] if named else None, as_json=bool(options), now=time.time())
