"""What of a service Shipway leaves to others, and what it cannot keep. Pure.

A key that nobody reads would be dropped in silence, so each one is taken, left with a reason that `shipway check`
tells, or refused. A release file's `without:` says that a refused one is not needed.
"""

from collections.abc import Iterator, Mapping, Sequence

from shipway.spec.compose.service import Service
from shipway.spec.nearest import nearest
from shipway.spec.problems import UnknownKey, Wrong

EXTENSION = "x-"
"""Keys of nobody's, by the specification."""
LEFT = {
    "annotations": "for tools of others",
    "attach": "for `docker compose up`",
    "depends_on": "Compose starts other services",
    "develop": "for `docker compose watch`",
    "profiles": "for `docker compose up`",
}
ALONE = "Replicas are several, come and go, and this is one's alone."
OTHERS = "It reads what another file says."
NETWORKS = "Requests reach replicas in a network of Shipway's own."
NOT_SET = "Shipway sets nothing like it for containers."
REFUSED = {
    "container_name": ALONE,
    "mac_address": ALONE,
    "extends": OTHERS,
    "volumes_from": "It names a container, whose volumes may change with it.",
    "external_links": "It names a container; networks know services by name.",
    "links": "It names a container; networks know services by name.",
    "network_mode": NETWORKS,
    "label_file": OTHERS,
    **dict.fromkeys(
        (
            "blkio_config",
            "cgroup",
            "cgroup_parent",
            "cpu_count",
            "cpu_percent",
            "cpu_period",
            "cpu_quota",
            "cpu_rt_period",
            "cpu_rt_runtime",
            "credential_spec",
            "device_cgroup_rules",
            "gpus",
            "isolation",
            "mem_swappiness",
            "models",
            "platform",
            "post_start",
            "pre_stop",
            "provider",
            "storage_opt",
            "use_api_socket",
            "uts",
        ),
        NOT_SET,
    ),
}


KNOWN = (*Service.model_fields, *LEFT, *REFUSED, "build")


class NoSuchKey(Wrong):
    """Becomes an `UnknownKey`."""

    error = UnknownKey


def kept(written: Mapping[str, object], without: Sequence[str]) -> dict[str, object]:
    """What is read of it. `without` has paths: `ports`, or `networks.back.aliases`."""
    found = {key: value for key, value in written.items() if key in Service.model_fields}
    for path in without:
        found = _less(found, path.split("."))
    return found


def _less(written: dict[str, object], path: Sequence[str]) -> dict[str, object]:
    first, *rest = path
    inner = written.get(first)
    if rest and isinstance(inner, dict):
        return {**written, first: _less(inner, rest)}
    return {key: value for key, value in written.items() if rest or key != first}


def left(written: Mapping[str, object]) -> tuple[str, ...]:
    """What others read, each with who."""
    found = [f"{key} ({LEFT[key]})" for key in written if key in LEFT]
    return (*found, *(["build (the image is there already)"] if "build" in written and "image" in written else []))


def refused(written: Mapping[str, object], without: Sequence[str], *, has_image: bool) -> Iterator[Wrong]:
    """What cannot be kept, in the order of the file."""
    for key in written:
        if key in without or key.startswith(EXTENSION):
            continue
        if key not in KNOWN:
            yield _unknown(key)
        if key in REFUSED:
            yield not_kept(key, REFUSED[key], fix=WRITTEN_OUT if REFUSED[key] == OTHERS else "")
    if "build" in written and "image" not in written and not has_image and "build" not in without:
        yield not_kept(
            "build",
            "Shipway ships images that are built already.",
            fix="Build it, and write `image: shop/web:{version}` in the release file.",
        )


def _unknown(key: str) -> Wrong:
    meant = nearest(key, KNOWN)
    return NoSuchKey(
        "no service of Compose has this key",
        why="Nothing reads it, so it would have no effect.",
        fix=f"Did you mean `{meant}`?" if meant else "Remove it, or let its name begin with x-.",
        at=(key,),
    )


WRITTEN_OUT = "Write it out: `docker compose config > whole.yaml`, and read that."


def not_kept(key: str, why: str, *, fix: str = "", at: tuple[str | int, ...] = ()) -> Wrong:
    """A key that cannot be kept; `without` takes it away."""
    return Wrong(
        "this cannot be kept",
        why=why,
        fix=fix or f"Write `without: [{key}]` beside `service:` in the release file where it may go.",
        at=at or tuple(key.split(".")),
    )
