"""Ships a release so that nobody notices."""

__version__ = "0.1.0"
