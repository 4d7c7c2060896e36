"""What `shipway check` found: a line each, and what to do about those that fail."""

from typing import Self

from msgspec import Struct

from shipway.cli.render.paint import Paint, clip, filled, pad
from shipway.errors import ShipwayError

LABEL = 8


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    name: str
    is_fine: bool | None
    """None: it could not be tried, and that is no failure."""
    said: str
    where: str = ""
    why: str = ""
    fix: str = ""
    output: tuple[str, ...] = ()
    """The last lines that something printed."""
    rule: str = ""
    """By which it was found, where there are names for that."""
    rewrite: tuple[str, ...] = ()
    """What to write, ready to be copied."""

    @classmethod
    def of(cls, name: str, error: ShipwayError, *, where: str = "") -> Self:
        """A failure."""
        return cls(
            name=name, is_fine=False, said=error.what, where=where or error.where, why=error.why, fix=error.fix
        )


IT_WORKS = "It works. `shipway plan VERSION` shows what a deploy would do."


def lines(found: list[Finding], paint: Paint, *, closing: str = IT_WORKS) -> list[str]:
    """All of them, and a closing line."""
    shown = [line for one in found for line in _one(one, paint)]
    failed = sum(one.is_fine is False for one in found)
    if failed:
        return [*shown, "", f"{paint.bad('✗')} {failed} of {len(found)} checks failed; nothing was changed."]
    return [*shown, "", f"{paint.good('✓')} {closing}"]


def _one(one: Finding, paint: Paint) -> list[str]:
    sign = {True: paint.good("✓"), False: paint.bad("✗"), None: paint.faint("·")}[one.is_fine]
    head = f"{sign} {pad(one.name, LABEL)}"
    if one.is_fine:
        return [clip(f"{head} {one.said}", 80)]
    found = filled(one.said, head=f"{head} ")
    for name in ("where", "why", "fix"):
        if said := getattr(one, name):
            told = f"{said}  {one.rule}" if name == "where" and one.rule else said
            found += filled(told, head=f"  {' ' * LABEL} {paint.faint(f'{name:5}')} ")
    found += [f"    {line}" for line in one.rewrite]
    return [*found, *(clip(f"  {' ' * LABEL} {paint.faint('│')} {line}", 80) for line in one.output)]
