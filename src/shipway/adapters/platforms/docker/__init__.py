"""Replicas as containers of Docker Engine, which keeps them alive.

What is wanted stands in files under SHIPWAY_HOME, as for processes (`adapters/replicas`). A container has the
name of its replica, an address that stays its own, and labels that say whose it is.
"""

from shipway.adapters.platforms.docker.build import build

__all__ = ["build"]
