"""Go: one binary per version, built where `main` is."""

import re

from shipway.spec.stacks.found import PORT_IN_ENVIRONMENT, Found, Listing

MODULE = re.compile(r"^module\s+(\S+)", re.MULTILINE)
MAJOR = re.compile(r"/v[0-9]+$")
MAIN = re.compile(r"^package main\b", re.MULTILINE)


def guess(listing: Listing) -> Found | None:
    """Built once per version, into a folder of its own."""
    found = MODULE.search(listing.text("go.mod"))
    if not found:
        return None
    name = MAJOR.sub("", found[1]).rsplit("/", 1)[-1]
    folder = _main(listing)
    if folder is None:
        return Found(stack="Go", service=name, reasons={"command": "No file with `package main` was found."})
    binary = f"bin/{{version}}/{name}"
    return Found(
        stack="Go",
        service=name,
        prepare=f"go build -o {binary} {folder}",
        command=binary,
        env=PORT_IN_ENVIRONMENT,
        reasons={"command": f"go.mod names {found[1]}, and `package main` is in {folder}."},
    )


def _main(listing: Listing) -> str | None:
    for path, text in listing.ending(".go"):
        if MAIN.search(text) and not path.endswith("_test.go"):
            return f"./{path.rpartition('/')[0]}".rstrip("/") if "/" in path else "."
    return None
