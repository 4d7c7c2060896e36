"""nginx on this machine (nginx.org), configured by a file that it is told to read anew.

It keeps serving its last configuration with none of our processes running, and comes back with it after a
restart. One nginx per home, with the servers of all services. Why so, and what it cannot do, is in
`docs/decisions/0047-nginx.md`.
"""

from shipway.adapters.traffic.nginx.adapter import NginxTraffic
from shipway.adapters.traffic.nginx.build import build
from shipway.adapters.traffic.nginx.options import NginxOptions

__all__ = ["NginxOptions", "NginxTraffic", "build"]
