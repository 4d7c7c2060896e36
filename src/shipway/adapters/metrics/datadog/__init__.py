"""Datadog."""

from shipway.adapters.metrics.datadog.build import DatadogOptions, build, opened

__all__ = ["DatadogOptions", "build", "opened"]
