"""Names and addresses of the cluster, in a network namespace where nothing else is."""

import os
from typing import NamedTuple

PODS, SERVICES = "10.244.0.0/16", "10.96.0.0/16"
API_PORT = 6443


class Machine(NamedTuple):
    """A node, and what is its own. One with a network of its own is reached by a cable, which can be pulled."""

    name: str
    address: str
    pods: str
    """Addresses of its pods."""
    has_own_network: bool = False

    @property
    def cgroups(self) -> str:
        """A kubelet ends what it does not know there."""
        return f"shipway-{os.getpid()}-{self.name}"


ONE = Machine("one", "10.250.0.1", "10.244.0.0/17")
TWO = Machine("two", "10.250.0.2", "10.244.128.0/17", has_own_network=True)
NODE_NAME, NODE_ADDRESS = ONE.name, ONE.address
