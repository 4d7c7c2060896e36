"""As which user a program runs."""

import grp
import os
import pwd
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from msgspec import Struct

from shipway.errors import PortError


class Account(Struct, frozen=True):
    """A user of this machine, with the groups that a program gets."""

    name: str
    user: int
    group: int
    """What it makes belongs to it."""
    groups: tuple[int, ...]
    home: str

    def may_enter(self, directory: Path) -> bool:
        """Whether it can go through a directory; access lists that go beyond its mode are not looked at."""
        found = directory.stat()
        if found.st_uid == self.user:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid in (self.group, *self.groups):
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)

    def closed(self, path: Path) -> Path | None:
        """The first directory on the way to a path that it cannot enter."""
        way = [parent for parent in reversed(path.parents) if parent.is_dir()]
        return next((directory for directory in way if not self.may_enter(directory)), None)


class Popen(TypedDict, total=False):
    """Words of `subprocess.Popen`."""

    user: int
    group: int
    extra_groups: tuple[int, ...]


def as_account(account: Account | None) -> Popen:
    """For a process that is started as this user."""
    if account is None:
        return Popen()
    return Popen(user=account.user, group=account.group, extra_groups=account.groups)


def variables(account: Account | None) -> Mapping[str, str]:
    """Those that tell a program who it is, where it is not who we are."""
    return {"HOME": account.home, "USER": account.name, "LOGNAME": account.name} if account else {}


def numbers(account: Account | None) -> list[int] | None:
    """As programs are told that run alone: the user, the group, then all groups."""
    return [account.user, account.group, *account.groups] if account else None


def account_of(user: str | None, group: str | None) -> Account | None:
    """None where nothing changes. Raises `PortError` for one that is unknown, or that we may not become."""
    if user is None and group is None:
        return None
    entry = _user(user)
    number = entry.pw_gid if group is None else _group(group)
    if (entry.pw_uid, number) == (os.getuid(), os.getgid()):
        return None
    if os.geteuid() != 0:
        raise PortError(
            f"only root may start processes as {user or group}",
            where="platform.process." + ("user" if user else "group"),
            why=f"Your number is {os.getuid()}, and the supervisor runs as you.",
            fix="Run Shipway as that user, without this key; or as root.",
        )
    groups = tuple(sorted({number, *os.getgrouplist(entry.pw_name, number)}))
    return Account(entry.pw_name, entry.pw_uid, number, groups, entry.pw_dir)


def _user(name: str | None) -> pwd.struct_passwd:
    if name is None:
        return pwd.getpwuid(os.getuid())
    try:
        return pwd.getpwnam(name)
    except KeyError as error:
        raise PortError(
            f"there is no user `{name}` on this machine",
            where="platform.process.user",
            why="Replicas are to run as this user.",
            fix=f"Make it, for example with `useradd --system {name}`, or name another one.",
        ) from error


def _group(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise PortError(
            f"there is no group `{name}` on this machine",
            where="platform.process.group",
            why="Replicas are to run with this group.",
            fix=f"Make it, for example with `groupadd --system {name}`, or name another one.",
        ) from error
