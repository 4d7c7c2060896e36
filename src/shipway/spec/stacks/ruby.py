"""Ruby: Rails, or any Rack application."""

import re

from shipway.spec.stacks.found import Found, Listing

GEM = re.compile(r"""^\s*gem\s+["']([\w-]+)["']""", re.MULTILINE)


def guess(listing: Listing) -> Found | None:
    """By config.ru and what the Gemfile names."""
    if "config.ru" not in listing.paths:
        return None
    gems = set(GEM.findall(listing.text("Gemfile")))
    if "rails" in gems:
        command, why = "bin/rails server -b 127.0.0.1 -p {port}", "The Gemfile names rails."
    elif "puma" in gems:
        command, why = (
            "bundle exec puma -b tcp://127.0.0.1:{port}",
            "There is config.ru, and the Gemfile has puma.",
        )
    else:
        command, why = "bundle exec rackup -o 127.0.0.1 -p {port}", "There is a config.ru."
    return Found(stack="Ruby", command=command, reasons={"command": why})
