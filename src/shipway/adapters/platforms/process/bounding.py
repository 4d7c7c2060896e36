"""As whom a revision's processes run, and how much they get."""

import os
import resource
import sys
from collections.abc import Iterable
from pathlib import Path

from shipway.adapters.platforms.process.options import ProcessOptions
from shipway.adapters.supervisor import Account, Bounds
from shipway.adapters.supervisor.account import account_of
from shipway.errors import PortError

PREPARED = 0o022
"""What `prepare` makes is for the replicas' user to read."""
ENTERED = 0o711
"""Of directories of Shipway's that another user has to go through: nobody may list them."""


def bounds_of(options: ProcessOptions) -> Bounds | None:
    """A replica's; none where it is as its supervisor is. Raises `PortError`."""
    limits = options.limits
    found = Bounds(
        account=account_of(options.user, options.group),
        umask=_umask(options),
        open_files=limits.open_files,
        nice=limits.nice,
        killed_first=limits.memory is not None,
    )
    return None if found == Bounds() else found


def bounds_of_preparation(options: ProcessOptions) -> Bounds | None:
    """It runs as whoever runs Shipway, so that replicas need not be able to write what they run."""
    if options.umask is not None:
        return Bounds(umask=_umask(options))
    return Bounds(umask=PREPARED) if options.user or options.group else None


def _umask(options: ProcessOptions) -> int | None:
    return None if options.umask is None else int(options.umask, 8)


def check_bounds(options: ProcessOptions, needed: Iterable[Path]) -> None:
    """Raises `PortError` for what this machine will not give. `needed` are paths that a replica has to reach."""
    account = account_of(options.user, options.group)
    for path in needed if account else ():
        assert account is not None
        if closed := account.closed(path):
            raise _unreachable(account, path, closed)
    _check_open_files(options.limits.open_files)
    if (nice := options.limits.nice) is not None and nice < os.getpriority(os.PRIO_PROCESS, 0) and os.geteuid():
        raise PortError(
            f"only root may give a nice value of {nice}",
            where="platform.process.limits.nice",
            why="Less than one has is more than one's share of the processors.",
            fix="Write 0 to 19, or run Shipway as root.",
        )


def _check_open_files(wanted: int | None) -> None:
    if wanted is None:
        return
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = _most_open_files() if os.geteuid() == 0 else None if hard == resource.RLIM_INFINITY else hard
    if most is not None and wanted > most:
        raise PortError(
            f"{wanted:,} open files are more than this machine gives",
            where="platform.process.limits.open_files",
            why=f"{most:,} are the most that {'the system allows' if os.geteuid() == 0 else 'you may have'}.",
            fix="Write less, or raise it: `sysctl fs.nr_open`, LimitNOFILE of systemd, /etc/security/limits.conf.",
        )


def _most_open_files() -> int | None:
    """What Linux gives even root (proc(5), fs.nr_open)."""
    return int(Path("/proc/sys/fs/nr_open").read_text()) if sys.platform == "linux" else None


def _unreachable(account: Account, path: Path, closed: Path) -> PortError:
    return PortError(
        f"{account.name} cannot reach {path}",
        where="platform.process.user",
        why=f"A replica needs it, and {closed} is closed to this user.",
        fix="Open it with `chmod o+x`, or put it elsewhere; SHIPWAY_HOME could be /var/lib/shipway.",
    )


def hand_over(account: Account, *, home: Path, owned: Iterable[Path]) -> None:
    """Let the account reach and write what is its own below `home`; nobody else may read it. Safe to repeat."""
    for path in owned:
        for directory in (home, *(parent for parent in path.parents if home in parent.parents)):
            if directory.stat().st_mode & 0o111 != 0o111:
                directory.chmod(ENTERED)
        for part in (path, *path.rglob("*")):
            os.chown(part, account.user, account.group)
