"""An HTTPRoute of the cluster's Gateway API: the weights of one rule are the shares."""

from shipway.adapters.traffic.gateway_api.build import build

__all__ = ["build"]
