"""Replicas as processes of this machine, kept alive by supervisord (`adapters/supervisor`)."""

from shipway.adapters.platforms.process.build import build
from shipway.adapters.platforms.process.options import ProcessOptions
from shipway.adapters.platforms.process.platform import ProcessPlatform

__all__ = ["ProcessOptions", "ProcessPlatform", "build"]
