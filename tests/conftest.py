"""What holds for every test."""

import os

from hypothesis import settings

settings.register_profile("shipway", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("explore" if os.environ.get("EXPLORE") else "shipway")
"""`make test` draws the same examples each time, so that a failure is the change's; `EXPLORE=1` draws new ones."""
