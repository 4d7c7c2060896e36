"""Keeps alive, restarts and logs everything that runs on this machine, through supervisord (supervisord.org).

One supervisord per home. supervisord does the work; what it lacks is done by the small program that it
starts in place of each command (`launch.py`): an exact environment, a count of starts, a bounded pause
between failing starts, and the adoption of orphans after supervisord itself was killed.
"""

from shipway.adapters.supervisor.account import Account
from shipway.adapters.supervisor.program import Bounds, Process, Program, Secrets
from shipway.adapters.supervisor.rpc import NotRunning
from shipway.adapters.supervisor.supervisor import Supervisor

__all__ = ["Account", "Bounds", "NotRunning", "Process", "Program", "Secrets", "Supervisor"]
