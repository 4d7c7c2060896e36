"""Amazon CloudWatch."""

from shipway.adapters.metrics.cloudwatch.build import CloudWatchOptions, build, opened

__all__ = ["CloudWatchOptions", "build", "opened"]
