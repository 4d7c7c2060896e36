"""Answers `shipway status` without a parser, a store or anything else that is slow to load."""

import time

from shipway.home import find

STATUS = "status"


def answer(words: list[str]) -> int | None:
    """The exit code, or none where the words need the whole command line."""
    if words[:1] != [STATUS]:
        return None
    options = [word for word in words[1:] if word.startswith("-")]
    named = [word for word in words[1:] if not word.startswith("-")]
    if len(named) > 1 or options not in ([], ["--json"]):
        return None
    from shipway.cli.shell.showing import show

    return show(find(), named[0] if named else None, as_json=bool(options), now=time.time())
