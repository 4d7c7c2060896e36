"""An HAProxy that somebody else runs: replicas are servers of one of its backends, and its master is asked.

Its configuration is never written. The servers stand in it without addresses, and are given some while it runs; a
file that HAProxy reads at each reload brings them back. Why so is in `docs/decisions/0051-existing-proxies.md`.
"""
