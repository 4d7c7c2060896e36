"""What users' connections are encrypted with, and for how long."""

import time

from shipway.cli.render.paint import Paint, filled, pad
from shipway.cli.render.words import DAY, duration
from shipway.model.certificate import Certificate

LABEL = 8
ENDS_SOON_SECONDS = 14 * DAY
"""Authorities' clients renew a month before the end; two weeks later something is wrong."""
NAMES_MAX = 2


def lines(certificate: Certificate | None, paint: Paint, *, now: float) -> list[str]:
    """A line with its names and its end, and one with what is wrong."""
    if certificate is None:
        return []
    left = certificate.ends_at - now
    mark = paint.bad("✗ ") if left <= 0 else paint.warn("! ") if left < ENDS_SOON_SECONDS else ""
    said = certified(certificate.names, certificate.ends_at, now=now)
    found = filled(said, head=f"{paint.faint(pad('tls', LABEL))} {mark}")
    if certificate.problem:
        refused = f"a newer certificate is not taken up: {certificate.problem}"
        found += filled(refused, head=f"{' ' * LABEL} {paint.warn('!')} ")
    return found


def certified(names: tuple[str, ...], ends_at: float, *, now: float) -> str:
    """`shop.example.com and 2 more, until 2026-12-24 (29 d 4 h)`."""
    shown = ", ".join(names[:NAMES_MAX]) or "no host"
    more = f" and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX else ""
    day = time.strftime("%Y-%m-%d", time.gmtime(ends_at))
    if ends_at <= now:
        return f"{shown}{more}, ended on {day}: browsers refuse it"
    return f"{shown}{more}, until {day} ({duration(ends_at - now)})"
