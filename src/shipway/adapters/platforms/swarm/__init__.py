"""Replicas as services of a Swarm, one service for each, which the Swarm keeps alive on any of its nodes.

What is wanted stands in files under SHIPWAY_HOME, as for processes (`adapters/replicas`). A service has the name
of its replica, one task, and a port of its own that is published on the task's node.
"""

from shipway.adapters.platforms.swarm.build import build

__all__ = ["build"]
