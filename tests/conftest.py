"""What holds for every test."""

from hypothesis import settings

settings.register_profile("shipway", deadline=None, print_blob=True)
settings.load_profile("shipway")
