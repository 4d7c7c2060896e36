"""A VirtualService of Istio's: weights of one http route are the shares, by subsets of a DestinationRule."""

from shipway.adapters.traffic.istio.build import build

__all__ = ["build"]
