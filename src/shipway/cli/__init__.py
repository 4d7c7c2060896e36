"""The command line: one command, one file.

`main` answers by itself what must be quick, and loads the rest only when it is asked for: a person who
types `shipway status` every second must not wait for a parser.
"""

import sys


def main(words: list[str] | None = None) -> int:
    """Run one command and return its exit code (`shipway.errors.Exit`)."""
    words = sys.argv[1:] if words is None else words
    if words == ["--version"]:
        from shipway import __version__

        print(f"shipway {__version__}")
        return 0
    from shipway.cli.shell.failing import guarded

    return guarded(words)
