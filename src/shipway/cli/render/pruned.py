"""What went from the disk, or would go, and why the rest stays."""

from collections.abc import Sequence

from shipway.adapters.disk.pruning import Pruned, RevisionOnDisk
from shipway.cli.render.paint import Paint, clip, filled, table
from shipway.cli.render.words import plural, size


def lines(found: Sequence[Pruned], paint: Paint, *, dry_run: bool) -> list[str]:
    """A table of each service's revisions, what else goes, and a sum."""
    if not found:
        return ["Nothing was deployed yet."]
    gap = [""] if len(found) > 1 else []
    shown = [line for one in found for line in (*_service(one, paint), *gap)]
    return [*shown, *_sum(found, paint, dry_run=dry_run)]


def _service(one: Pruned, paint: Paint) -> list[str]:
    head, *rows = table([["no", "version", "size", "", "why"], *(_row(revision) for revision in one.revisions)])
    return [paint.strong(one.service), paint.faint(head), *rows, *_beside(one)]


def _row(one: RevisionOnDisk) -> list[str]:
    return [str(one.number), clip(one.version, 20), size(one.bytes), "goes" if one.goes else "stays", one.why]


SAID = {"logs": "logs of replicas that are gone", "temporary": "left half-written by a process that died"}


def _beside(one: Pruned) -> list[str]:
    """What goes of no revision that goes."""
    going = {revision.revision for revision in one.revisions if revision.goes}
    found: list[str] = []
    for what in dict.fromkeys(leftover.what for leftover in one.leftovers):
        those = [each for each in one.leftovers if each.what == what and each.revision not in going]
        if those:
            said = SAID.get(what, "of revisions that are forgotten already")
            found += filled(f"{plural(len(those), 'file')}, {size(sum(each.bytes for each in those))}: {said}")
    return found


def _sum(found: Sequence[Pruned], paint: Paint, *, dry_run: bool) -> list[str]:
    freed, left = sum(one.bytes for one in found), sum(one.bytes_left for one in found)
    count = sum(revision.goes for one in found for revision in one.revisions)
    if not freed and not count:
        return filled(f"Nothing to prune; {size(left)} stay.", head=f"{paint.good('✓')} ")
    if dry_run:
        said = f"{plural(count, 'revision')} and {size(freed)} would go; {size(left)} stay. Nothing was changed."
        return filled(said)
    return filled(
        f"{plural(count, 'revision')} and {size(freed)} went; {size(left)} stay.", head=f"{paint.good('✓')} "
    )
