"""Replicas as processes of this machine, kept alive by supervisord (`adapters/supervisor`).

What is wanted is written to files under SHIPWAY_HOME first, under a lock and a fence, and then handed to
supervisord. A late hand-over of a controller that lost its service can therefore only repeat what the files
say, and a new controller finds everything it needs in them.
"""

from shipway.adapters.platforms.process.build import build
from shipway.adapters.platforms.process.options import ProcessOptions
from shipway.adapters.platforms.process.platform import ProcessPlatform
from shipway.adapters.replicas.health import HealthOptions, Probe

__all__ = ["HealthOptions", "Probe", "ProcessOptions", "ProcessPlatform", "build"]
