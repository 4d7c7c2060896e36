"""Names and addresses of the cluster, in a network namespace where nothing else is."""

import os

NODE_NAME, NODE_ADDRESS = "one", "10.250.0.1"
OTHER_NAME, OTHER_ADDRESS = "two", "10.250.0.2"
PODS, SERVICES = "10.244.0.0/16", "10.96.0.0/16"
API_PORT = 6443
CGROUPS = f"shipway-{os.getpid()}"
