"""Users of a segment of the flags as those who get a new version first."""

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from shipway.errors import Exit, ShipwayError
from shipway.flags.model import Segment
from shipway.flags.rules.listing import NotListed, values_of
from shipway.flags.state import state_of
from shipway.model.release import Release
from shipway.ramping import file_of_flags
from shipway.spec.load import Loaded
from shipway.spec.nearest import listed, nearest
from shipway.spec.strategies import SegmentUsers

CANARY = "canary"
USERS_MAX = 500
"""Each is a rule of the data plane, which every request is compared with."""


class SegmentUnfit(ShipwayError):
    """A segment that the data plane cannot choose users by."""

    code = "segment"
    exit_code = Exit.INPUT


def with_segment(release: Release, loaded: Loaded) -> Release:
    """The release with the users of `canary.users.segment`, as they are now. Raises `ShipwayError`."""
    chosen = loaded.file.canary.users.segment
    if chosen is None or release.canary is None or release.strategy != CANARY:
        return release
    where = loaded.where("canary", "users", "segment")
    users = _users(_found(chosen.name, _segments(loaded, chosen.name), where), chosen, where)
    return replace(release, canary=replace(release.canary, users=(*release.canary.users, *users)))


def _segments(loaded: Loaded, name: str) -> Mapping[str, Segment]:
    """Those of the place that keeps the flags of this service."""
    written = loaded.file.flags
    if written.server is None:
        from shipway.flags.load import load

        return load(file_of_flags(loaded, written.file)).segments
    from shipway.adapters.flag_services.server import Place
    from shipway.flags.remote.api import Address

    address = Address(url=written.server.url, environment=written.server.environment)
    token = (loaded.root.absolute() / written.server.token).resolve()
    found = Place(address, Path(token)).api().ask("GET", "/segments").content
    return state_of(
        {"segments": {one["name"]: one["segment"] for one in found if one["name"] == name}}
    ).file.segments


def _found(name: str, segments: Mapping[str, Segment], where: str) -> Segment:
    if name in segments:
        return segments[name]
    meant = nearest(name, segments)
    raise SegmentUnfit(
        f"there is no segment `{name}`",
        where=where,
        why=f"Known are {listed(segments)}." if segments else "The flags of this service have none of this name.",
        fix=f"Did you mean `{meant}`?" if meant else "Write it below `segments` where the flags are.",
    )


def _users(segment: Segment, chosen: SegmentUsers, where: str) -> tuple[tuple[str, str, str], ...]:
    try:
        values = _values(segment, chosen.by)
    except NotListed as error:
        raise SegmentUnfit(
            f"segment {segment.name} {error}",
            where=where,
            why=f"The data plane compares a request's {chosen.by} with 1 to {USERS_MAX} values that are known.",
            fix=f"List its users by {chosen.by}, or choose others: `canary.users` with a header, cookie or claim.",
        ) from error
    return tuple((*chosen.told_by, value) for value in values)


def _values(segment: Segment, by: str) -> tuple[str, ...]:
    """Those that are listed, and those with which its rule holds. Raises `NotListed`."""
    listed = [user[by] for user in segment.users if set(user) == {by}]
    if len(listed) < len(segment.users):
        raise NotListed(f"knows users by something else than {by}")
    ruled = values_of(segment.rule, by) if segment.rule else ()
    values = tuple(dict.fromkeys((*listed, *ruled)))
    if not 0 < len(values) <= USERS_MAX:
        raise NotListed(f"has {len(values)} users")
    return values
