"""Anything that answers with JSON."""

from shipway.adapters.metrics.http.build import HttpOptions, build, opened

__all__ = ["HttpOptions", "build", "opened"]
