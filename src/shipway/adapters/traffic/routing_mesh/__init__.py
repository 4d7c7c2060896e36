"""The routing mesh of a Docker Swarm: every node takes requests on one port, and sends them to any task."""

from shipway.adapters.traffic.routing_mesh.build import build

__all__ = ["build"]
